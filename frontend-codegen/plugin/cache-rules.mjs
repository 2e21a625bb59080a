// A plugin of graphql-codegen that writes the rules of a normalised cache, so that no client writes them by hand:
// which types are things of their own, which are values inside of others, and which fields are read page by page.
import { getNamedType, getNullableType, isAbstractType, isCompositeType, isListType, isObjectType } from 'graphql';

const PAGE_ARGUMENTS = ['first', 'after', 'last', 'before'];

/** Object types that clients read, without the roots and introspection. */
const objectTypes = (schema) => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__') && !roots.includes(type));
};

const fieldsOf = (type) => Object.values(type.getFields());

const hasId = (type) => 'id' in type.getFields();

/** True for a connection, an edge or a payload, whose fields need no rules of their own. */
const isWrapper = (type) => /(Connection|Edge|Payload)$/.test(type.name);

const isConnection = (field) => getNamedType(field.type).name.endsWith('Connection');

const isList = (field) => isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type));

/** The names of the types that a field of a node or a value holds one of. */
const embedded = (schema, types) => {
  const fields = types.filter((type) => !isWrapper(type)).flatMap(fieldsOf);
  const held = fields.filter((field) => !isList(field)).map((field) => getNamedType(field.type));
  const members = held.flatMap((type) => (isAbstractType(type) ? schema.getPossibleTypes(type) : [type]));
  return new Set(members.map((type) => type.name));
};

/** What tells two lists of one field apart: every argument that does not choose a page. */
const listArguments = (field) => field.args.map((argument) => argument.name).filter((name) => !PAGE_ARGUMENTS.includes(name));

/** The rules of `schema`, for any client. */
export const cacheRules = (schema) => {
  const types = objectTypes(schema);
  const parts = embedded(schema, [schema.getQueryType(), ...types]);
  const abstract = Object.values(schema.getTypeMap()).filter((type) => isAbstractType(type) && !type.name.startsWith('__'));
  const connections = types
    .map((type) => [type.name, fieldsOf(type).filter(isConnection)])
    .filter(([, fields]) => fields.length > 0);
  return {
    possibleTypes: Object.fromEntries(
      abstract.map((type) => [type.name, schema.getPossibleTypes(type).map((member) => member.name).sort()]),
    ),
    /** Types without an id; `isPart` where a field holds one of them, whose selections of two screens belong together. */
    values: types.filter((type) => !hasId(type)).map((type) => ({
      name: type.name,
      isPart: !isWrapper(type) && parts.has(type.name),
    })),
    /** By type: its paged fields, each with the arguments that tell its lists apart. */
    connections: Object.fromEntries(
      connections.map(([name, fields]) => [
        name,
        Object.fromEntries(fields.map((field) => [field.name, listArguments(field)])),
      ]),
    ),
    /** By type: its fields that hold a whole list, which a new list replaces. */
    lists: Object.fromEntries(
      [schema.getQueryType(), ...types].filter((type) => !isWrapper(type))
        .map((type) => [type.name, fieldsOf(type).filter(isList).map((field) => field.name)])
        .filter(([, fields]) => fields.length > 0),
    ),
  };
};

const entries = (lines) => lines.map((line) => `  ${line},\n`).join('');

const apollo = (schema, rules) => {
  const policies = new Map();
  const policy = (name) => policies.get(name) ?? policies.set(name, { head: [], fields: [] }).get(name);
  for (const { name, isPart: merges } of rules.values) {
    policy(name).head.push('keyFields: false', ...(merges ? ['merge: true'] : []));
  }
  for (const [name, fields] of Object.entries(rules.connections)) {
    for (const [field, names] of Object.entries(fields)) {
      const keyed = names.length > 0 ? JSON.stringify(names) : 'false';
      policy(name).fields.push(`${field}: paged(${keyed})`);
    }
  }
  for (const [name, fields] of Object.entries(rules.lists)) {
    policy(name).fields.push(...fields.map((field) => `${field}: { merge: false }`));
  }
  // One event follows another; it is not merged with it.
  const heard = fieldsOf(schema.getSubscriptionType()).filter((field) => getNamedType(field.type).name.endsWith('Event'));
  policy(schema.getSubscriptionType().name).fields.push(...heard.map((field) => `${field.name}: { merge: false }`));
  const typePolicies = [...policies].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, { head, fields }]) => {
    const inner = fields.length > 0 ? [...head, `fields: { ${fields.join(', ')} }`] : head;
    return `${name}: { ${inner.join(', ')} }`;
  });
  const possible = Object.entries(rules.possibleTypes).map(([name, members]) => `${name}: ${JSON.stringify(members)}`);
  return {
    prepend: [
      "import type { PossibleTypesMap, TypePolicies } from '@apollo/client/cache';",
      "import { paged } from './paged.js';",
      '',
    ],
    content: [
      '/** The types of each interface and union. */',
      `export const possibleTypes: PossibleTypesMap = {\n${entries(possible)}};\n`,
      '/** Types that are values inside of others, lists that are read page by page, and lists that replace each other. */',
      `export const typePolicies: TypePolicies = {\n${entries(typePolicies)}};\n`,
    ].join('\n'),
  };
};

const graphcache = (schema, rules) => {
  const keys = rules.values.map(({ name }) => `${name}: () => null`);
  const resolvers = Object.entries(rules.connections).map(([name, fields]) => {
    const paged = Object.keys(fields).map((field) => `${field}: relayPagination()`);
    return `${name}: { ${paged.join(', ')} }`;
  });
  return {
    prepend: [
      "import type { KeyingConfig, ResolverConfig } from '@urql/exchange-graphcache';",
      "import { relayPagination } from '@urql/exchange-graphcache/extras';",
      '',
    ],
    content: [
      '/** Types that are values inside of others have no key. */',
      `export const keys: KeyingConfig = {\n${entries(keys)}};\n`,
      '/** Lists that are read page by page, forwards and backwards. */',
      `export const resolvers: ResolverConfig = {\n${entries(resolvers)}};\n`,
    ].join('\n'),
  };
};

export const plugin = (schema, _documents, config) => {
  const writers = { apollo, graphcache };
  return writers[config.client](schema, cacheRules(schema));
};
