/** The calls to AWS that are not among those of another, or not as often. */
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
