// Fails when schema.graphql breaks clients of the last release: a change that graphql-inspector calls breaking, unless what
// went away was deprecated until a date that has passed, or the change is listed in `baseline/intended.json` with its reason.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema, isEnumType } from 'graphql';

const DAYS_OF_NOTICE = 90;
const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');

const git = (...args) => execFileSync('git', args, { cwd: FOLDER, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** The newest tag, or nothing where no tag is known. */
const newestTag = () => {
  try {
    return git('describe', '--tags', '--abbrev=0').trim();
  } catch {
    return undefined;
  }
};

/** The schema of the last release: of the newest tag, or of the baseline on file where no tag is known. */
const released = () => {
  const tag = newestTag();
  return tag === undefined
    ? { name: 'baseline/schema.graphql', text: read('baseline/schema.graphql') }
    : { name: tag, text: git('show', `${tag}:schema.graphql`) };
};

/** The reason for which `path` of `schema` is deprecated: `Type.field`, `Type.field.argument` or `Enum.VALUE`. */
const deprecation = (schema, path) => {
  const [typeName, memberName, argumentName] = path.split('.');
  const type = schema.getType(typeName);
  const member = isEnumType(type) ? type.getValue(memberName) : type?.getFields?.()[memberName];
  return argumentName ? member?.args?.find(({ name }) => name === argumentName)?.deprecationReason : member?.deprecationReason;
};

const dateIn = (reason) => /\d{4}-\d{2}-\d{2}/.exec(reason ?? '')?.[0];

const dayAfter = (date, days) => new Date(date.getTime() + days * 86_400_000).toISOString().slice(0, 10);

/** What is wrong with the change from one schema to the other, a sentence each. */
export const problems = async (before, after, intended, today = new Date()) => {
  const old = buildSchema(before);
  const current = buildSchema(after);
  const changes = await diff(old, current);
  const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
  const unannounced = breaking.filter(({ path, type }) => {
    const until = type.endsWith('REMOVED') && dateIn(deprecation(old, path));
    return !(until && until <= dayAfter(today, 0)) && !(path in intended);
  });
  const hasty = changes
    .filter(({ path, type }) =>
      type.endsWith('DEPRECATION_REASON_CHANGED') || (path?.endsWith('.@deprecated') && type.endsWith('ADDED')))
    .map(({ path }) => path.replace('.@deprecated', ''))
    .filter((path) => {
      // A date that was announced may be kept, or put off.
      const announced = dateIn(deprecation(old, path));
      return !((dateIn(deprecation(current, path)) ?? '') >= (announced ?? dayAfter(today, DAYS_OF_NOTICE)));
    });
  const stale = Object.keys(intended).filter((path) => !breaking.some((change) => change.path === path));
  return [
    ...unannounced.map(({ path, message }) => `${path}: ${message}`),
    ...[...new Set(hasty)].map((path) => `${path}: say in the reason by which date it goes, ${DAYS_OF_NOTICE} days from now or later`),
    ...stale.map((path) => `${path}: nothing breaks here any more; remove it from baseline/intended.json`),
  ];
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const base = released();
  const found = await problems(base.text, read('../schema.graphql'), JSON.parse(read('baseline/intended.json')));
  if (found.length > 0) {
    console.error(`schema.graphql breaks clients of ${base.name} (CONTRIBUTING.md says how to break them on purpose):`);
    found.forEach((line) => console.error(`  ${line}`));
    process.exit(1);
  }
  console.log(`schema.graphql keeps what clients of ${base.name} use`);
}
