// Runs inside a page of a portal. The functions are called by name from browser.rs.

// The element of a field: by its name, by its id, or by a selector.
function channelflowField(root, name) {
  const quoted = JSON.stringify(name);
  for (const selector of ['[name=' + quoted + ']', '[id=' + quoted + ']', name]) {
    try {
      const found = root.querySelector(selector);
      if (found) return found;
    } catch (notASelector) { /* a name need not be one */ }
  }
  return null;
}

// Marks what stands in tables now, so that what comes is told from it.
function channelflowMarkOld() {
  document.querySelectorAll('table tr').forEach(row => { row.channelflowText = row.textContent; });
  window.channelflowRows = document.querySelectorAll('table tr').length;
  window.channelflowText = document.body ? document.body.innerText : '';
}

// Whether the page shows something else than when it was marked.
function channelflowIsNew(told) {
  if (window.channelflowText === undefined) return document.readyState === 'complete';
  const rows = [...document.querySelectorAll(told.table + ' tr')];
  return (rows.length > 0 && rows.every(row => row.channelflowText === undefined)) ||
    document.body.innerText !== window.channelflowText;
}

// Fills in a form and presses its button.
function channelflowFill(told) {
  const forms = [...document.querySelectorAll(told.form || 'form')];
  const holds = form => told.form || form.querySelector(told.marked);
  const form = forms.find(holds) || (told.form ? null : document.querySelector(told.marked) && document.body);
  if (!form) return {missing: null, found: [...document.querySelectorAll('form')].map(f => f.id || f.name)};
  const found = told.fields.map(([name, value]) => [channelflowField(form, name), name, value]);
  const gone = found.find(([element]) => !element);
  if (gone) {
    const names = [...form.querySelectorAll('input, select, textarea, button')].map(e => e.name || e.id);
    return {missing: gone[1], found: names};
  }
  let button = null;
  for (const [element, , value] of found) {
    const tag = element.tagName.toLowerCase(), kind = (element.type || '').toLowerCase();
    if (tag === 'button' || tag === 'a' || ['submit', 'button', 'image'].includes(kind)) {
      button = element;
      continue;
    }
    // Frameworks that keep the value themselves listen at the element, below their own setter.
    const type = tag === 'select' ? HTMLSelectElement : tag === 'textarea' ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(type.prototype, 'value').set.call(element, value);
    for (const event of ['input', 'change', 'blur']) element.dispatchEvent(new Event(event, {bubbles: true}));
  }
  channelflowMarkOld();
  button = button || form.querySelector('[type=submit], button');
  if (button) button.click();
  else if (form.requestSubmit) form.requestSubmit();
  return 'done';
}

// Presses a link or button, found by a selector or by `text=` and its words.
function channelflowClick(told) {
  const words = told.selector.startsWith('text=') ? told.selector.slice(5).trim() : null;
  const selector = words === null ? told.selector : 'a, button, input[type=submit], input[type=button]';
  const says = e => words === null || e.textContent.trim() === words || (e.value || '').trim() === words;
  const element = [...document.querySelectorAll(selector)].find(e => !e.disabled && says(e));
  if (!element) return false;
  channelflowMarkOld();
  element.click();
  return true;
}
