/* What every page can do with a script: switch between light and dark, and filter its tables. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const stored = () => { try { return localStorage.getItem("packtwin-theme"); } catch { return null; } };
  const store = (theme) => { try { localStorage.setItem("packtwin-theme", theme); } catch { /* a page from a file may not */ } };
  const apply = (theme) => {
    root.dataset.theme = theme;
    document.dispatchEvent(new Event("packtwin-theme"));
  };
  const wanted = new URLSearchParams(location.search).get("theme") || stored();
  if (wanted === "light" || wanted === "dark") apply(wanted);

  addEventListener("DOMContentLoaded", () => {
    const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      const name = () => { button.textContent = dark() ? "Light" : "Dark"; };
      name();
      button.hidden = false;
      button.addEventListener("click", () => { const next = dark() ? "light" : "dark"; apply(next); store(next); name(); });
    }
    const search = document.getElementById("search");
    if (!search) return;
    const rows = [...document.querySelectorAll("tbody tr[data-find]")];
    const count = document.getElementById("search-count");
    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const row of rows) {
        const text = row.dataset.find.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) left += 1;
      }
      count.textContent = words.length ? left + " of " + rows.length + " rows" : "";
    };
    search.closest(".search").hidden = false;
    search.addEventListener("input", filter);
    const asked = new URLSearchParams(location.search).get("find");
    if (asked) { search.value = asked; filter(); }
  });
})();
