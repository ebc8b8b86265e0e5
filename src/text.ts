/** Counts code points without allocating: a low surrogate after a high one belongs to it. */
export const codePoints = (text: string): number => {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
};
