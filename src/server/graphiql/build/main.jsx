import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import 'graphiql/style.css';
import './page.css';
import { tabs, welcome } from './tabs';

const url = new URL('graphql', location.href);
const subscriptionUrl = Object.assign(new URL(url), { protocol: url.protocol === 'https:' ? 'wss:' : 'ws:' });

const fetcher = createGraphiQLFetcher({ url: url.href, subscriptionUrl: subscriptionUrl.href });
const asked = new URLSearchParams(location.search);

createRoot(document.getElementById('graphiql')).render(
  createElement(GraphiQL, {
    fetcher,
    defaultQuery: welcome,
    defaultTabs: asked.has('query') ? undefined : tabs,
    query: asked.get('query') ?? undefined,
    variables: asked.get('variables') ?? undefined,
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  }),
);
