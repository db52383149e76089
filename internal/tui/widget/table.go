package widget

import (
	"sort"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"askflow/internal/tui/ui"
)

// Column is a column of a Table.
type Column struct {
	Title string
	// Width is its width in cells. A column with Grow shares what is left over, with Width as its least.
	Width int
	Grow  int
	// Most is how wide Grow makes it at most; 0 for no limit.
	Most  int
	Right bool
	// Drop is when the column goes where there is no room: those with the highest Drop first; 0 stays.
	Drop int
}

// Cell is what stands in one column of one row: data, which the table makes safe.
type Cell struct {
	Text  string
	Style lipgloss.Style
	// Drawn tells that Text is safe and may be styled already.
	Drawn bool
}

// Table is a list of rows in columns. It holds a window of what there is: More is asked for what lies beyond, and rows far
// away are forgotten, so that memory does not grow with the data.
type Table[T any] struct {
	Columns []Column
	// Cells draws an item; it gives one Cell a column.
	Cells func(item T) []Cell
	// Key names an item, for marks and for finding it again.
	Key func(item T) string
	// More fetches what comes behind an item, or before it; nil when everything is there. Its result comes back through Add.
	More func(edge T, backwards bool) tea.Cmd
	// Empty says why there is nothing, and which key to press.
	Empty string

	items         []T
	before, after bool // there is more than items
	loading       bool
	cursor, top   int
	height        int // rows drawn last
	marks         map[string]bool
	lastMark      string
	pens          pens
}

// keep is how many rows a table holds at most.
const keep = 2000

// Set replaces all rows; before and after tell whether there is more. The cursor stays on its item when that is still there.
func (t *Table[T]) Set(items []T, before, after bool) {
	key := ""
	if item, ok := t.Selected(); ok {
		key = t.Key(item)
	}
	t.items, t.before, t.after, t.loading = items[:len(items):len(items)], before, after, false
	if key != "" && t.Select(key) {
		return
	}
	t.cursor = max(0, min(t.cursor, len(items)-1))
}

// Reset is Set with the cursor on the first row.
func (t *Table[T]) Reset(items []T, before, after bool) {
	t.items, t.cursor, t.top = nil, 0, 0
	t.Set(items, before, after)
}

// Add takes what More fetched.
func (t *Table[T]) Add(items []T, backwards, more bool) {
	t.loading = false
	if backwards {
		t.items = append(append(make([]T, 0, len(items)+len(t.items)), items...), t.items...)
		t.cursor, t.top, t.before = t.cursor+len(items), t.top+len(items), more
		if len(t.items) > keep && t.cursor < keep {
			t.items, t.after = append(make([]T, 0, keep), t.items[:keep]...), true
		}
		return
	}
	t.items, t.after = append(t.items, items...), more
	if over := len(t.items) - keep; over > 0 && t.top >= over {
		t.items, t.before = append(make([]T, 0, keep), t.items[over:]...), true
		t.cursor, t.top = t.cursor-over, t.top-over
	}
}

// Failed tells that More could not fetch.
func (t *Table[T]) Failed() { t.loading = false }

// Wait tells that rows are being loaded, which an empty table then says. Set, Reset, Add and Failed end it.
func (t *Table[T]) Wait() { t.loading = true }

// Items are the rows that are held.
func (t *Table[T]) Items() []T { return t.items }

// Len is how many rows are held.
func (t *Table[T]) Len() int { return len(t.items) }

// Partial tells that there is more than the rows that are held.
func (t *Table[T]) Partial() bool { return t.before || t.after }

// Selected is the item under the cursor; false when there is none.
func (t *Table[T]) Selected() (item T, ok bool) {
	if t.cursor < 0 || t.cursor >= len(t.items) {
		return item, false
	}
	return t.items[t.cursor], true
}

// Cursor is the place of the selected row among Items.
func (t *Table[T]) Cursor() int { return t.cursor }

// Select puts the cursor on the item with that key; false when it is not held.
func (t *Table[T]) Select(key string) bool {
	for i, item := range t.items {
		if t.Key(item) == key {
			t.cursor = i
			return true
		}
	}
	return false
}

// Move moves the cursor by lines, and fetches what is beyond the edge.
func (t *Table[T]) Move(lines int) tea.Cmd {
	t.cursor = max(0, min(t.cursor+lines, len(t.items)-1))
	return t.fetch()
}

func (t *Table[T]) fetch() tea.Cmd {
	const ahead = 30
	if t.More == nil || t.loading || len(t.items) == 0 {
		return nil
	}
	if t.after && t.cursor >= len(t.items)-ahead {
		t.loading = true
		return t.More(t.items[len(t.items)-1], false)
	}
	if t.before && t.cursor < ahead {
		t.loading = true
		return t.More(t.items[0], true)
	}
	return nil
}

// Press handles the keys that every table has; false for any other.
func (t *Table[T]) Press(env *ui.Env, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	key, is := msg.String(), env.Keys.Is
	page := max(1, t.height-1)
	switch {
	case is("nav.up", key):
		return t.Move(-1), true
	case is("nav.down", key):
		return t.Move(1), true
	case is("nav.pageup", key):
		return t.Move(-page), true
	case is("nav.pagedown", key):
		return t.Move(page), true
	case is("nav.top", key):
		return t.Move(-len(t.items)), true
	case is("nav.bottom", key):
		return t.Move(len(t.items)), true
	case is("nav.mark", key):
		t.mark()
		return t.Move(1), true
	case is("nav.range", key):
		t.markRange()
		return nil, true
	case is("nav.unmark", key):
		t.Unmark()
		return nil, true
	}
	return nil, false
}

// Wheel turns by lines.
func (t *Table[T]) Wheel(lines int) tea.Cmd { return t.Move(lines) }

// Click puts the cursor on the row drawn at line y of the last View; false when there is none.
func (t *Table[T]) Click(y int) bool {
	row := t.top + y - 1 // the head
	if y < 1 || y > t.height || row >= len(t.items) || row < 0 {
		return false
	}
	t.cursor = row
	return true
}

func (t *Table[T]) mark() {
	item, ok := t.Selected()
	if !ok {
		return
	}
	if t.marks == nil {
		t.marks = map[string]bool{}
	}
	key := t.Key(item)
	if t.marks[key] {
		delete(t.marks, key)
		return
	}
	t.marks[key], t.lastMark = true, key
}

func (t *Table[T]) markRange() {
	from := -1
	for i, item := range t.items {
		if t.Key(item) == t.lastMark {
			from = i
		}
	}
	if from < 0 || !t.marks[t.lastMark] {
		t.mark()
		return
	}
	for i := min(from, t.cursor); i <= max(from, t.cursor) && i < len(t.items); i++ {
		t.marks[t.Key(t.items[i])] = true
	}
}

// Marked are the keys of the marked rows: those that are held first, in their order.
func (t *Table[T]) Marked() []string {
	out, seen := []string{}, map[string]bool{}
	for _, item := range t.items {
		if k := t.Key(item); t.marks[k] && !seen[k] {
			out, seen[k] = append(out, k), true
		}
	}
	rest := []string{}
	for k := range t.marks {
		if !seen[k] {
			rest = append(rest, k)
		}
	}
	sort.Strings(rest)
	return append(out, rest...)
}

// Unmark takes all marks away.
func (t *Table[T]) Unmark() { t.marks, t.lastMark = nil, "" }
