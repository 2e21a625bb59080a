// Executes documents with graphql-js over data that is computed from a seed, in the same way as
// tests/services/responses/data.rs. Reads one JSON object a line, { schema } first and { seed, query, variables } then,
// and answers each with { data, errors } or { invalid }; the data is a text, because its order matters.
import { createInterface } from 'node:readline';
import {
  GraphQLError,
  buildSchema,
  execute,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  parse,
  validate,
} from 'graphql';

const hash = (text) => {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
};

const failing = [0, 3, 10, 30];

// The value at a place as a resolver returns it: an error as a value, which graphql-js takes for a failure.
const valueAt = (schema, seed, place, type) => {
  const chance = hash(`${seed}:${place}`);
  if (chance % 100 < failing[seed % failing.length]) return new GraphQLError(`no value at ${place}`);
  if (!isNonNullType(type) && (chance >>> 7) % 100 < 15) return null;
  const inner = getNullableType(type);
  if (isListType(inner)) {
    return Array.from({ length: (chance >>> 14) % 3 }, (_, index) => valueAt(schema, seed, `${place}.${index}`, inner.ofType));
  }
  if (isLeafType(inner)) return inner.name === 'Int' ? (chance >>> 4) % 1000 : `text ${(chance >>> 4) % 1000}`;
  const possible = isAbstractType(inner) ? schema.getPossibleTypes(inner) : [inner];
  const names = possible.map(({ name }) => name).sort();
  return { __typename: names[(chance >>> 4) % names.length], place };
};

let schema;
const answer = ({ schema: text, seed, query, variables }) => {
  if (text !== undefined) {
    schema = buildSchema(text);
    return {};
  }
  const document = parse(query);
  const invalid = validate(schema, document).map(({ message }) => message);
  if (invalid.length > 0) return { invalid };
  const result = execute({
    schema,
    document,
    variableValues: variables,
    rootValue: { place: null },
    typeResolver: (value) => value.__typename,
    fieldResolver: ({ place }, _arguments, _context, { fieldName, returnType }) =>
      valueAt(schema, seed, place === null ? fieldName : `${place}.${fieldName}`, returnType),
  });
  return {
    data: JSON.stringify(result.data),
    errors: (result.errors ?? []).map(({ message, path }) => ({ message, path })),
  };
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}
