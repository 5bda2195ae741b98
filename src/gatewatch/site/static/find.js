// The search of a copy: names and hosts in an index that was written with the pages. Only the page of the search loads this.
"use strict";
const names = window.GATEWATCH_NAMES ?? [];
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
  if (!found.length && asked.length >= 4) {
    const far = asked.length < 8 ? 1 : 2;
    for (const row of names) {
      const near = Math.min(...row[3].filter((n) => Math.abs(n.length - asked.length) <= far).map((n) => distance(asked, n)));
      if (near <= far) found.push([3, row]);
    }
  }
  return found.sort((a, b) => a[0] - b[0]).slice(0, most * 4);
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
  for (const [, row] of found) {
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
