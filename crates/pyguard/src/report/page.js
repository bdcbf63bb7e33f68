const form = document.getElementById("filters");
const findings = [...document.querySelectorAll(".finding")];
function filter() {
  const data = new FormData(form);
  const tiers = data.getAll("tier");
  const text = data.get("text").toLowerCase();
  let shown = 0;
  for (const finding of findings) {
    const about = finding.dataset;
    const fits = tiers.includes(about.tier)
      && ["category", "rule", "folder"].every(name => !data.get(name) || data.get(name) === about[name])
      && (!text || finding.firstElementChild.textContent.toLowerCase().includes(text));
    finding.hidden = !fits;
    shown += fits;
  }
  document.getElementById("count").textContent = `${shown} of ${findings.length}`;
}
form.addEventListener("input", filter);
form.addEventListener("submit", event => event.preventDefault());
filter();
