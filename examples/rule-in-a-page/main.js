// Rules in a page: npm install, npx vite, and open the address that it prints.
import { average, trimmedMean } from 'hearsay'

const element = (id) => document.getElementById(id)
const shown = (vector) => [...vector].map((value) => value.toFixed(2)).join(' ')

function show() {
  const rows = element('vectors').value.trim().split('\n')
  const vectors = rows.map((row) => row.trim().split(/\s+/).map(Number))
  element('error').textContent = ''
  try {
    element('mean').textContent = shown(average()(vectors))
    element('robust').textContent = shown(trimmedMean({ f: 1 })(vectors))
  } catch (error) {
    element('error').textContent = error.message
  }
}

element('vectors').addEventListener('input', show)
show()
