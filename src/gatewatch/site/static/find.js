// The search of a copy: names and hosts in an index that was written with the pages. Only the page of the search loads this.
"use strict";
const names = window.GATEWATCH_NAMES ?? [];
const known = window.GATEWATCH_DUTIES ?? { duties: {}, kinds: {}, laws: {} };
const han = "\u2e80"; // the first letter of writing that parts no words
const language = { en: 0, ru: 1, zh: 2 }[document.documentElement.lang] ?? 0;
const fold = (text) => text.normalize("NFKC").toLowerCase().replaceAll("ё", "е").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
const most = 12;

// How a text meets a name: 0 the same, 1 its beginning, 2 words of it; none else. As catalogue/names.py has it.
function met(asked, words, name) {
  if (asked === name) return 0;
  if (name.length <= 2) return null;
  if (name.startsWith(asked)) return 1;
  if (/[^\x00-\x7f]/.test(asked) && asked.length > 1 && name.includes(asked)) return 2;
  return words.every((word) => ` ${name}`.includes(` ${word}`)) ? 2 : null;
}

// Letters to change, add, leave out or swap, to come from one name to the other.
function distance(a, b) {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, rows[i - 2][j - 2] + 1);
      rows[i].push(least);
    }
  }
  return rows[a.length][b.length];
}

// A host that a web address names, and the domains above it.
function hosts(text) {
  let host = text.trim().toLowerCase().replaceAll("[.]", ".");
  try { if (/^h(tt|xx)ps?:\/\//.test(host)) host = new URL(host.replace(/^hxxp/, "http")).hostname; } catch { return []; }
  if (!/^[^\s/]+\.[^\s/]+$/.test(host)) return [];
  const parts = host.split(".");
  return parts.slice(0, -1).map((_, at) => parts.slice(at).join("."));
}

// Whether a text names a country, but for its last letter, which Russian declines. As catalogue/names.py has it.
function names_place(asked, name) {
  if (/^[\x00-\x7f]*$/.test(name)) return name.length > 2 && ` ${asked} `.includes(` ${name} `);
  const stem = name.length >= 4 ? name.slice(0, -1) : name;
  return name[0] >= han ? asked.includes(stem) : ` ${asked}`.includes(` ${stem}`);
}

// Pages of laws that ask what a text speaks of. As catalogue/duties.py has it.
function laws(asked, words) {
  const says = (phrase) => phrase.split(/\s+/).every((stem) => ` ${asked}`.includes(stem[0] < han ? ` ${stem}` : stem));
  const [duties, kinds] = [known.duties, known.kinds].map((table) =>
    Object.keys(table).filter((id) => table[id].some(says)));
  let found = Object.entries(known.laws).filter(([, [demands, , , obligation]]) =>
    duties.some((one) => demands.includes(one)) ||
    (words.length >= 2 && words.every((word) => ` ${obligation}`.includes(` ${word}`))));
  const those = (test) => { const some = found.filter(([, law]) => test(law)); if (some.length) found = some; };
  those(([, of]) => kinds.some((one) => of.includes(one)));
  const places = names.filter((row) => row[0] === "jurisdiction" && row[3].some((name) => names_place(asked, name)));
  those(([, , place]) => places.some((row) => row[2] === place));
  return new Set(found.map(([file]) => file));
}

function search(text) {
  const asked = fold(text), words = asked.split(" "), found = [];
  if (!asked) return found;
  const domains = new Set(hosts(text));
  for (const row of names) {
    let best = null;
    for (const name of row[3]) {
      if (domains.has(name.replaceAll("[.]", "."))) { best = 0; break; }
      const how = met(asked, words, name);
      if (how !== null && (best === null || how < best)) best = how;
    }
    if (best !== null) found.push([best, row]);
  }
  if (!found.some(([how]) => how === 0)) {
    const files = laws(asked, words), there = new Set(found.map(([, row]) => row[2]));
    for (const row of names) if (files.has(row[2]) && !there.has(row[2])) found.push([2, row]);
  }
  if (!found.length && asked.length >= 4) {
    const far = asked.length < 8 ? 1 : 2;
    for (const row of names) {
      const near = Math.min(...row[3].filter((n) => Math.abs(n.length - asked.length) <= far).map((n) => distance(asked, n)));
      if (near <= far) found.push([3, row]);
    }
  }
  return found.sort((a, b) => a[0] - b[0]);
}

const shown = (row) => (Array.isArray(row[1]) ? row[1][language] : row[1]);
const asked = new URLSearchParams(location.search).get("q")?.trim() ?? "";
if (asked) {
  document.querySelector("#q").value = asked;
  document.querySelector("#asked").textContent = hosts(asked).length ? asked.replaceAll(".", "[.]").replace(/^http/i, "hxxp") : asked;
  const found = search(asked), same = found.filter(([how]) => how === 0);
  if (same.length === 1 && !hosts(asked).length) location.replace(same[0][1][2]);
  const kinds = {}, list = document.querySelector("#found");
  for (const term of document.querySelectorAll("#kinds dt")) kinds[term.textContent] = term.nextElementSibling.textContent;
  const told = {}; // of each kind some: a reader who needs more types more
  for (const [, row] of found.filter(([, row]) => (told[row[0]] = (told[row[0]] ?? 0) + 1) <= most)) {
    const item = document.createElement("li"), link = document.createElement("a"), kind = document.createElement("span");
    link.href = row[2];
    link.textContent = shown(row);
    kind.className = "sum";
    kind.textContent = ` ${kinds[row[0]] ?? ""}`;
    item.append(link, kind);
    list.append(item);
  }
  document.querySelector("#nothing").hidden = found.length > 0;
}
