/* global React, ReactDOM, GraphiQL */

// Who signs in here is signed in on this page until it is closed: the token is kept in no storage.
let accessToken = null;

async function ask(params, { headers = {} } = {}) {
  const signingIn = /\b(signIn|refreshSession)\b/.test(params.query);
  const own = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  const identity = accessToken && !signingIn && !own ? { authorization: `Bearer ${accessToken}` } : {};
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...identity, ...headers },
    body: JSON.stringify(params),
  });
  const result = await response.json();
  const session = result.data?.signIn ?? result.data?.refreshSession;
  if (session?.accessToken) accessToken = session.accessToken;
  return result;
}

// What is typed here, a password too, is kept for this tab of the browser and forgotten with it.
const storage = window.sessionStorage;
const fresh = storage.getItem('graphiql:tabState') === null;
const examples = await (await fetch('/graphiql/examples.json')).json();

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher: ask,
    storage,
    defaultTabs: examples,
    // GraphiQL shows the variables of every tab but the one it opens with.
    ...(fresh && { variables: examples[0].variables }),
    defaultEditorToolsVisibility: 'variables',
    shouldPersistHeaders: false,
  }),
);
