// Apollo Client 4 with the generated rules of its cache, for the tests.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { loadDevMessages, loadErrorMessages } from '@apollo/client/dev';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition } from '@apollo/client/utilities';
import { possibleTypes, typePolicies } from '../dist/cache/apollo.js';

loadDevMessages();
loadErrorMessages();

/** A client of the server at `http`; `onRequest` hears of each request, `sockets` is a client of graphql-ws. */
export const open = ({ http, headers, sockets, onRequest }) => {
  const cache = new InMemoryCache({ possibleTypes, typePolicies });
  const count = new ApolloLink((operation, forward) => {
    onRequest(operation.operationName);
    return forward(operation);
  });
  const isSubscription = ({ query }) => getMainDefinition(query).operation === 'subscription';
  const link = ApolloLink.split(isSubscription, new GraphQLWsLink(sockets), ApolloLink.from([count, new HttpLink({ uri: http, headers })]));
  const client = new ApolloClient({ cache, link });

  return {
    /** What a screen shows: from the cache, where that has all of it. */
    query: async (query, variables) => {
      const { data, error } = await client.query({ query, variables, errorPolicy: 'all' });
      return { data: data ?? null, errors: error?.errors ?? (error ? [error] : []) };
    },
    mutate: async (mutation, variables) => {
      const { data, error } = await client.mutate({ mutation, variables, errorPolicy: 'all' });
      return { data: data ?? null, errors: error?.errors ?? (error ? [error] : []) };
    },
    /** Hears a subscription; what it brings is written to the cache before `onEvent`. */
    subscribe: (query, variables, onEvent) => client.subscribe({ query, variables }).subscribe(({ data }) => onEvent(data)),
    /** Forgets something that the server removed, and what only it named. */
    forget: (item) => {
      cache.evict({ id: cache.identify(item) });
      cache.gc();
    },
  };
};
