// Everything works without this file. It filters long tables, and pays the price of a report in work, not in waiting.
"use strict";
for (const field of document.querySelectorAll("input[data-filter]")) {
  field.closest("div").hidden = false;
  const rows = [...document.querySelectorAll(`#${field.dataset.filter} tbody tr`)];
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLocaleLowerCase();
    for (const row of rows) row.hidden = wanted !== "" && !row.textContent.toLocaleLowerCase().includes(wanted);
    for (const fold of document.querySelectorAll(`#${field.dataset.filter} details`)) {
      fold.hidden = !fold.querySelector("tbody tr:not([hidden])");
      fold.open = wanted !== "";
    }
  });
}
const form = document.querySelector("form[data-challenge]");
if (form) form.addEventListener("submit", async (event) => {
  if (form.elements.answer.value || !window.crypto?.subtle) return;
  event.preventDefault();
  const [challenge, bits] = [form.dataset.challenge, Number(form.dataset.bits)];
  form.querySelector("button").disabled = true;
  form.elements.answer.value = await solve(challenge, bits);
  form.submit();
});
async function solve(challenge, bits) {
  const text = new TextEncoder();
  for (let number = 0; ; number++) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(`${challenge}${number}`)));
    let zeros = 0;
    for (const byte of hash) { zeros += Math.clz32(byte) - 24; if (byte) break; }
    if (zeros >= bits) return String(number);
  }
}
