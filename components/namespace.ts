/** The part of a stack's configuration in a namespace, by names without the namespace. */
export const ofNamespace = (
  config: Readonly<Record<string, string>>,
  namespace: string,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(`${namespace}:`))
      .map(([key, text]) => [key.slice(namespace.length + 1), text]),
  );
