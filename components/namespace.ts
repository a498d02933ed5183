/** Of a stack's configuration, what is in a namespace, by names without it. */
export const ofNamespace = (
  config: Readonly<Record<string, string>>,
  namespace: string,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(`${namespace}:`))
      .map(([key, text]) => [key.slice(namespace.length + 1), text]),
  );
