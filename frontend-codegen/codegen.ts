import type { CodegenConfig } from '@graphql-codegen/cli';

const scalars = {
  ByteCount: 'number',
  Cursor: 'string',
  Date: 'string',
  DateTime: 'string',
  LanguageTag: 'string',
  LocalDateTime: 'string',
  LocalTime: 'string',
  TimeZone: 'string',
  URL: 'string',
};

const config: CodegenConfig = {
  emitLegacyCommonJSImports: false,
  schema: '../schema.graphql',
  documents: 'operations/*.graphql',
  generates: {
    'generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: true },
      config: { scalars, strictScalars: true, enumType: 'string-literal', useTypeImports: true },
    },
    'cache/apollo.ts': { plugins: ['./plugin/cache-rules.mjs'], config: { client: 'apollo' } },
    'cache/graphcache.ts': { plugins: ['./plugin/cache-rules.mjs'], config: { client: 'graphcache' } },
  },
};

export default config;
