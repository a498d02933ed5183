/** The default number of pages listed of a folder (`--pages`): 10,000 versions, in about two seconds. */
export const usualPages = 10;
export const mostPages = 100_000;

/** What `--format` takes. */
export const statusFormats = ["prometheus"] as const;
