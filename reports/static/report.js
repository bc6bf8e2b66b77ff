"use strict";
// Tables sort by a button in each heading; numbers by value, missing values last.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent.trim() || "Row";
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => {
        const cell = row.cells[column];
        return cell.dataset.sort === undefined ? cell.textContent.trim() : Number(cell.dataset.sort);
      };
      const isMissing = (value) => value === "–" || value === "";
      const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
      rows.sort(([a], [b]) => {
        if (isMissing(a) || isMissing(b)) return isMissing(a) - isMissing(b);
        const order = typeof a === "number" && typeof b === "number"
          ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
        return up ? order : -order;
      });
      table.tBodies[0].append(...rows.map(([, row]) => row));
    });
  });
}
// A figure is saved from the page itself, so that it works from a mail attachment.
for (const link of document.querySelectorAll("a.save")) {
  link.addEventListener("click", () => { link.href = link.closest("figure").querySelector("img").src; });
}
// A link into a part that is closed opens it.
const reveal = () => {
  const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const part = place && place.closest("main details");
  if (part) { part.open = true; place.scrollIntoView(); }
};
addEventListener("hashchange", reveal);
reveal();
// On a small screen the list of contents starts closed; in print everything is open.
if (matchMedia("(max-width: 34rem)").matches) document.querySelector(".contents details").open = false;
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
