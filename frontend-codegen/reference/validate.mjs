// Reads schema texts, one JSON string a line, and answers each with the messages of what graphql-js finds wrong with it.
import { createInterface } from 'node:readline';
import { buildSchema, validateSchema } from 'graphql';

const problems = (text) => {
  try {
    return validateSchema(buildSchema(text)).map((error) => error.message);
  } catch (error) {
    return [error.message];
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(problems(JSON.parse(line)))}\n`);
}
