// urql with graphcache and its generated rules, for the tests.
import { readFileSync } from 'node:fs';
import { Client, fetchExchange, mapExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { pipe, subscribe, toPromise, take } from 'wonka';
import { keys, resolvers } from '../dist/cache/graphcache.js';

const schema = introspectionFromSchema(buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')));

/** A client of the server at `http`; `onRequest` hears of each request, `sockets` is a client of graphql-ws. */
export const open = ({ http, headers, sockets, onRequest }) => {
  const removals = { Subscription: { events: (result, _args, cache) => {
    const item = result.events.removedItem;
    if (item) cache.invalidate({ __typename: item.typeName, id: item.id });
  } } };
  const count = mapExchange({
    onOperation: (operation) => {
      if (operation.kind === 'query' || operation.kind === 'mutation') onRequest(operation.key);
    },
  });
  const overSockets = subscriptionExchange({
    forwardSubscription: (request) => ({
      subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ ...request, query: request.query ?? '' }, sink) }),
    }),
  });
  const client = new Client({
    url: http,
    preferGetMethod: false,
    fetchOptions: { headers },
    exchanges: [cacheExchange({ schema, keys, resolvers, updates: removals }), count, fetchExchange, overSockets],
  });

  const answer = ({ data, error }) => ({ data: data ?? null, errors: error?.graphQLErrors ?? [] });
  return {
    query: async (query, variables) => {
      const settled = (result) => !result.stale && !result.hasNext;
      const result = await new Promise((resolve) => {
        const { unsubscribe } = pipe(client.query(query, variables), subscribe((found) => {
          if (settled(found)) {
            resolve(found);
            queueMicrotask(() => unsubscribe());
          }
        }));
      });
      return answer(result);
    },
    mutate: async (mutation, variables) => answer(await pipe(client.mutation(mutation, variables), take(1), toPromise)),
    subscribe: (query, variables, onEvent) => pipe(client.subscription(query, variables), subscribe(({ data }) => onEvent(data))),
    /** The cache forgets by itself what an event says is removed: see `updates`. */
    forget: () => {},
  };
};
