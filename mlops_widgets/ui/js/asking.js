// Questions to the kernel whose answers come as messages: they are shown, and in no state that a notebook could save.

/**
 * @param {import("./types").Model} model
 * @param {(() => void)[]} undo
 * @returns {(question: unknown, answered: (answer: any) => void) => void}
 */
export function asker(model, undo) {
  let number = 0;
  /** @type {Map<number, (answer: any) => void>} */
  const waiting = new Map();
  const receive = (/** @type {any} */ content) => {
    if (content?.kind !== "answer") return;
    waiting.get(content.number)?.(content.answer);
    if (!content.answer?.more) waiting.delete(content.number);
  };
  model.on("msg:custom", receive);
  undo.push(() => model.off("msg:custom", receive));
  return (question, answered) => {
    number += 1;
    waiting.set(number, answered);
    model.send({ kind: "ask", number, question });
  };
}
