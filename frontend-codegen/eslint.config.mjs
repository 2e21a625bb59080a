import { join } from 'node:path';
import graphql from '@graphql-eslint/eslint-plugin';

// Values inside of a node, not things of their own: they have no id, and caches keep them in the node that holds them.
// A type that joins this list is one that is never loaded, changed or listed by itself.
const valueTypes = [
  'ActionStep',
  'AdminAccountCount',
  'AdminJobCount',
  'Administration',
  'Analytics',
  'AnalyticsBucket',
  'AnalyticsSeries',
  'AudiencePreview',
  'AuthenticationFailed',
  'AutoLikeCount',
  'AutoLikeCounters',
  'AutoLikePreview',
  'AutoLikePreviewItem',
  'AutoLikeSkipCount',
  'AutoReplyContact',
  'AutoReplyDay',
  'AutoReplyPreview',
  'AutoReplyPreviewItem',
  'AutoReplyStatistics',
  'Conflict',
  'ContactCount',
  'ContactEmoji',
  'DataExportFailure',
  'DataExportProgress',
  'EntitlementRequired',
  'InvalidInput',
  'LimitExceeded',
  'LinkQr',
  'LocalPublishTime',
  'MailProblem',
  'MediaStatus',
  'MessageVersion',
  'MetricCount',
  'NotFound',
  'PairingCode',
  'PaymentProblem',
  'QuietHours',
  'ResponseTimes',
  'ResponseTimesReport',
  'ServerInfo',
  'ServiceUnavailable',
  'StatusAudience',
  'StatusViewer',
  'StorageExceeded',
  'TextStatus',
  'Today',
  'TwoFactor',
  'TwoFactorSetup',
  'UploadHeader',
  'WebhookAttempt',
  'WeekdayHour',
  'WeeklySlot',
];

const languageOptions = {
  parser: graphql.parser,
  parserOptions: {
    graphQLConfig: {
      schema: join(import.meta.dirname, '../schema.graphql'),
      documents: join(import.meta.dirname, 'operations/*.graphql'),
    },
  },
};
const plugins = { '@graphql-eslint': graphql };

export default [
  {
    files: ['schema.graphql'],
    languageOptions,
    plugins,
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      ...graphql.configs['flat/schema-relay'].rules,
      // Fields and enum values stand in the order in which they are read: an id first, states as they follow.
      '@graphql-eslint/alphabetize': ['error', { definitions: true, arguments: ['FieldDefinition'] }],
      // Each mutation has an input of its own, named for it.
      '@graphql-eslint/input-name': ['error', { checkInputType: true, caseSensitiveInputType: false }],
      '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
      // Lists of values are bounded by what they are (steps, days, hours) and need no pages; a status's viewer is a value.
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false }],
      // Everything is described, also arguments, inputs and values.
      '@graphql-eslint/require-description': [
        'error',
        { types: true, rootField: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true },
      ],
      '@graphql-eslint/require-nullable-fields-with-oneof': 'error',
      // Connections, edges, payloads and events wrap things that have an id.
      '@graphql-eslint/strict-id-in-types': [
        'error',
        { exceptions: { suffixes: ['Connection', 'Edge', 'Payload', 'Event'], types: ['PageInfo', ...valueTypes] } },
      ],
    },
  },
  {
    files: ['frontend-codegen/operations/*.graphql'],
    languageOptions,
    plugins,
    rules: {
      ...graphql.configs['flat/operations-recommended'].rules,
      // A page of nodes with a list inside is ten levels deep; the server has a limit of its own.
      '@graphql-eslint/selection-set-depth': 'off',
    },
  },
];
