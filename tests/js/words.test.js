import assert from "node:assert/strict";
import { test } from "node:test";
import { verdict, stepDigits } from "../../mlops_widgets/ui/js/views/guess_words.js";
import { tournamentWords } from "../../mlops_widgets/ui/js/views/tournament_words.js";
import { readCard } from "../../mlops_widgets/ui/js/message.js";

const state = {
  metric: "ROC AUC",
  greater_is_better: true,
  test_rows: [100],
  start_rows: 100,
  names: [],
  where: "in production",
  plain_name: "logistic regression",
  synthetic: true,
  candidates_word: "models",
  train_rows: 400,
};
const found = (offline, later, more = {}) => ({
  winner: { index: 0, offline, later, rank: 3, of: 120 },
  rows: 100,
  plainLater: Number.NaN,
  ceilingLater: Number.NaN,
  digits: 2,
  ...more,
});
const clean = (text) => text.replace(/[\u2068\u2069]/g, "");

test("the winner is told with its two scores and the loss", () => {
  const words = tournamentWords(state, found(0.79, 0.71));
  assert.equal(
    words.headline,
    "The winner of 120 models, each trained on 400 rows, scored .79 on 100 test rows and .71 in production.",
  );
  assert.equal(words.summary, "It looked .08 better than it was.");
});

test("losing to the plain model and passing the best possible score are said", () => {
  const { summary } = tournamentWords(state, found(0.79, 0.69, { plainLater: 0.7, ceilingLater: 0.74 }));
  assert.equal(
    clean(summary),
    "It looked .10 better than it was. Plain logistic regression would have done better: .70. Even the best possible model scores .74: the rest was luck.",
  );
});

test("for an error metric lower is better in every sentence", () => {
  const error = { ...state, metric: "RMSE", greater_is_better: false };
  const { summary } = tournamentWords(error, found(10, 12, { plainLater: 13, digits: 0 }));
  assert.equal(clean(summary), "It looked 2 better than it was. It beat plain logistic regression by 1.");
  assert.match(tournamentWords(error, found(10, 9, { digits: 0 })).summary, /did 1 better than it promised/);
});

test("a difference below the digits shown is no difference", () => {
  const { summary } = tournamentWords(state, found(0.712, 0.711, { plainLater: 0.709 }));
  assert.equal(clean(summary), "It kept what it promised. It is level with plain logistic regression.");
});

test("one model is no winner", () => {
  const one = found(0.7, 0.69);
  one.winner.of = 1;
  assert.match(tournamentWords(state, one).headline, /^The only model tried, trained anew on 400 rows, scored/);
});

test("guess and truth are told apart without scolding", () => {
  const guess = { truth: 0.69, form: "number", unit: "", digits: 2 };
  assert.equal(verdict({ ...guess, value: 0.76 }), "You said .76, it was .69: .07 too high.");
  assert.equal(verdict({ ...guess, value: 0.6 }), "You said .60, it was .69: .09 too low.");
  assert.equal(verdict({ ...guess, value: null }), "You skipped the guess; it was .69.");
  assert.equal(verdict({ ...guess, value: null, asked: false }), "It was .69.");
  assert.equal(verdict({ ...guess, value: 0.69 }), "You said .69, it was .69: spot on.");
  assert.equal(
    verdict({ ...guess, value: 0.7, lower: 0.66, upper: 0.72 }),
    "You said .70, it was .69: .01 too high, within its interval.",
  );
});

test("a guess in percent is off by points", () => {
  assert.equal(
    verdict({ value: 0.25, truth: 0.23, form: "percent", unit: "", digits: 2 }),
    "You said 25\u202f%, it was 23\u202f%: 2 points too high.",
  );
  assert.equal(stepDigits(0.01, "number"), 2);
  assert.equal(stepDigits(5, "number"), 0);
});

test("arrays take the place of their references, from base64 and from a live view alike", () => {
  const bytes = new Uint8Array(new Float32Array([0.5, Number.NaN]).buffer);
  const decode = (text) => Uint8Array.from(Buffer.from(text, "base64"));
  const message = (data) => ({
    card: { charts: [{ y: { $array: "a0" }, lower: null }] },
    arrays: { a0: data },
    types: { a0: "f4" },
  });
  const padded = new Uint8Array(9);
  padded.set(bytes, 1);
  for (const data of [Buffer.from(bytes).toString("base64"), new DataView(padded.buffer, 1, 8)]) {
    const card = readCard(message(data), decode);
    assert.deepEqual(card.charts[0].y, new Float32Array([0.5, Number.NaN]));
    assert.equal(card.charts[0].lower, null);
  }
});
