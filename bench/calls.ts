/** The calls to AWS that another system doesn't make, or makes less often. */
export function callsBeyond(calls: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return calls.filter((call) => {
    const index = left.indexOf(call);
    if (index >= 0) {
      left.splice(index, 1);
    }
    return index < 0;
  });
}
