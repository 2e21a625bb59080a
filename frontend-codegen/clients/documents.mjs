// The operations of the screens by name, as codegen made them.
import * as generated from '../dist/generated/graphql.js';

/** The document of the operation `name`. */
export const documentOf = (name) => {
  const document = generated[`${name}Document`];
  if (!document) throw new Error(`operations/*.graphql have no operation ${name}`);
  return document;
};
