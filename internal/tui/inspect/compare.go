package inspect

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/compare"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Compare shows how two runs differ: what was changed between them, their totals, and the records that they treated differently. Its
// methods mean what those of ui.Screen do.
type Compare struct {
	env  *ui.Env
	a, b string // the runs' ids
	// heads is nil before the runs were read.
	heads    *heads
	headLoad ui.Loader
	err      error
	found    found
	kind     int // of kinds

	table   widget.Table[diffRow]
	split   widget.Split
	reader  reader
	oneLoad ui.Loader // of a record whose texts are too long to be kept
	oneKey  string
	oneErr  error
	drawn   struct{ head, width, height int }
}

// kinds are what the list can be narrowed to, in the order in which they follow each other.
func kinds() []string {
	return []string{"all", compare.Response, compare.State, compare.Path, compare.Effects, compare.Enrolled}
}

// only is the kinds of difference that a query asks for.
func (c *Compare) only() []string {
	switch kind := kinds()[c.kind]; kind {
	case "all":
		return nil
	case compare.Enrolled: // a record that one run never saw was not enrolled by it
		return []string{compare.Enrolled, compare.Considered}
	default:
		return []string{kind}
	}
}

// NewCompare compares the runs with the ids a and b. It reads with the first ui.Shown.
func NewCompare(env *ui.Env, a, b string) *Compare {
	c := &Compare{env: env, a: a, b: b}
	c.reader.env = env
	c.begin()
	return c
}

// begin empties the list.
func (c *Compare) begin() {
	c.found.load.Cancel()
	c.oneLoad.Cancel()
	c.found = found{}
	c.reader.clear()
	c.table = widget.Table[diffRow]{Columns: c.columns(), Cells: c.cells, Key: func(r diffRow) string { return r.key }, More: c.more}
	c.oneKey, c.oneErr = "", nil
}

// read reads both runs, and the first of what differs.
func (c *Compare) read() tea.Cmd {
	c.begin()
	c.err = nil
	services, portal, a, b := c.env.Services, c.env.Portal, c.a, c.b
	return tea.Batch(ui.Load(c.env, &c.headLoad, headQuery(services, portal, a, b)), c.look())
}

// Update takes a message.
func (c *Compare) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ui.Shown:
		if c.heads == nil && !c.headLoad.Busy() || c.err != nil || c.found.err != nil {
			return c.read()
		}
	case ui.Refresh:
		if c.err != nil || c.found.err != nil {
			return c.read()
		}
	case ui.Themed:
		c.reader.forget()
		return c.show()
	case service.Event:
		return c.event(msg)
	case ui.Loaded[*heads]:
		return c.headsLoaded(msg)
	case ui.Loaded[*foundPage]:
		return c.pageLoaded(msg)
	case ui.Loaded[*compare.Diff]:
		return c.oneLoaded(msg)
	case ui.Loaded[*content]:
		c.reader.loaded(msg)
	case tea.KeyPressMsg:
		return c.key(msg)
	case tea.PasteMsg:
		c.reader.paste(msg.Content)
	case ui.Click:
		return c.click(msg)
	case ui.Wheel:
		return c.wheel(msg)
	}
	return nil
}

// event reads everything again when one of the runs has ended, or when something may have mended what went wrong.
func (c *Compare) event(e service.Event) tea.Cmd {
	ended := e.Kind == service.EventRun && e.Progress != nil && e.Progress.Ended && (e.Progress.Run == c.a || e.Progress.Run == c.b)
	mended := e.Kind == service.EventRuns && (c.err != nil || c.found.err != nil)
	if ended || mended {
		return c.read()
	}
	return nil
}

func (c *Compare) headsLoaded(msg ui.Loaded[*heads]) tea.Cmd {
	if msg.Of != &c.headLoad || !c.headLoad.Take(msg.N) {
		return nil
	}
	if c.err = msg.Err; msg.Err != nil {
		return nil
	}
	c.heads = msg.Value
	c.reader.forget() // steps have names now
	return c.show()
}

// show shows the selected record at the right.
func (c *Compare) show() tea.Cmd {
	r, ok := c.table.Selected()
	if !ok {
		c.reader.clear()
		return nil
	}
	c.oneErr = nil
	if r.diff != nil {
		c.oneLoad.Cancel()
		return c.showDiff(r.key, r.diff, r.weight)
	}
	if c.reader.has(c.tab(r.key)) {
		return c.showDiff(r.key, nil, 0)
	}
	c.reader.waiting()
	c.oneKey = r.key
	return ui.Load(c.env, &c.oneLoad, oneQuery(c.env.Services, c.query(c.found.pages[r.page]), r))
}

func (c *Compare) tab(key string) tabKey { return tabKey{of: key, tab: "record"} }

func (c *Compare) showDiff(key string, d *compare.Diff, weight int) tea.Cmd {
	of := diffOf{th: c.env.Theme, diff: d, heads: c.heads, a: c.a, b: c.b}
	return c.reader.show(c.tab(key), weight, of.build)
}

func (c *Compare) oneLoaded(msg ui.Loaded[*compare.Diff]) tea.Cmd {
	if msg.Of != &c.oneLoad || !c.oneLoad.Take(msg.N) {
		return nil
	}
	if c.oneErr = msg.Err; msg.Err != nil {
		return nil
	}
	return c.showDiff(c.oneKey, msg.Value, weigh(msg.Value))
}

// key takes a key that no binding took.
func (c *Compare) key(msg tea.KeyPressMsg) tea.Cmd {
	if c.reader.find.Editing || c.reader.filterKey(msg) {
		return c.reader.findKey(msg)
	}
	if cmd, taken := c.split.Press(c.env, msg); taken {
		return cmd
	}
	is, key := c.env.Keys.Is, msg.String()
	if c.split.Focus == 1 {
		if !c.reader.press(msg) && is("nav.left", key) {
			c.split.Focus = 0
		}
		return nil
	}
	switch {
	case is("nav.right", key):
		return c.enter()
	case is("nav.mark", key), is("nav.range", key), is("nav.unmark", key): // nothing is done with several records
		return nil
	}
	was := c.table.Cursor()
	cmd, _ := c.table.Press(c.env, msg)
	return c.moved(was, cmd)
}

// moved shows another record when the cursor went to one.
func (c *Compare) moved(was int, cmd tea.Cmd) tea.Cmd {
	if c.table.Cursor() == was {
		return cmd
	}
	return tea.Batch(cmd, c.show())
}

// enter goes into the record's text.
func (c *Compare) enter() tea.Cmd {
	if _, ok := c.table.Selected(); ok {
		c.split.Focus = 1
	}
	return nil
}

// Typing tells that letters go into the word to find.
func (c *Compare) Typing() bool { return c.reader.find.Editing }

// Back leaves the search, the text, then looking for more; false when only the list is left.
func (c *Compare) Back() bool {
	switch {
	case c.reader.leaveFind():
	case c.split.Zoom:
		c.split.Zoom = false
	case c.split.Focus == 1:
		c.split.Focus = 0
	case c.found.load.Busy():
		c.found.load.Cancel()
		c.found.stopped = true
		c.table.Failed()
	default:
		c.headLoad.Cancel()
		c.oneLoad.Cancel()
		c.reader.load.Cancel()
		return false
	}
	return true
}

// Crumbs say which runs, and which record is read.
func (c *Compare) Crumbs() []string {
	out := []string{c.a + " ⇄ " + c.b}
	if r, ok := c.table.Selected(); ok && c.split.Focus == 1 {
		out = append(out, recordTitle(r.record))
	}
	return out
}

// Bindings are the actions that work now, the most important first.
func (c *Compare) Bindings() []ui.Binding {
	if c.reader.find.Editing {
		return widget.FilterBindings(c.key)
	}
	var list []ui.Binding
	if c.reader.finding() {
		list = append(list, ui.On("inspect.nexthit", func() tea.Cmd { return c.reader.hop(true) }), ui.On("inspect.prevhit", func() tea.Cmd { return c.reader.hop(false) }))
	}
	none := ""
	if c.table.Len() == 0 {
		none = "No record is listed, so there is nothing to read."
	}
	if c.split.Focus == 0 && none == "" {
		list = append(list, ui.On("inspect.open", c.enter))
	}
	if c.found.stopped {
		list = append(list, ui.On("inspect.goon", c.goOn))
	}
	list = append(list, ui.On("inspect.kind", c.nextKind), ui.On("inspect.swap", c.swap), ui.When("inspect.changes", c.noChanges(), c.showChanges))
	if none == "" && c.reader.page() == nil {
		none = "The record is still being read; it takes a moment."
	}
	return append(list, ui.When("inspect.copy", none, c.reader.copy), ui.When("inspect.pager", none, func() tea.Cmd { return c.reader.pager("difference") }), ui.When("inspect.find", none, c.find))
}

func (c *Compare) find() tea.Cmd {
	c.reader.startFind()
	c.split.Focus = 1
	return nil
}

// nextKind narrows the list to the next kind of difference.
func (c *Compare) nextKind() tea.Cmd {
	c.kind = (c.kind + 1) % len(kinds())
	c.split.Focus = 0
	c.begin()
	return c.look()
}

// swap exchanges the runs.
func (c *Compare) swap() tea.Cmd {
	c.a, c.b = c.b, c.a
	c.heads = nil
	return c.read()
}

func (c *Compare) noChanges() string {
	switch {
	case !c.found.told:
		return "What was changed is still being found out."
	case len(c.found.changes) == 0:
		return "Nothing was changed between the two runs."
	}
	return ""
}

func (c *Compare) showChanges() tea.Cmd {
	lines := make([]string, 0, len(c.found.changes))
	for _, k := range c.found.changes {
		lines = append(lines, c.env.Theme.Text.Render(text.Safe(changeText(k))))
	}
	return ui.Open(dialog.Show(c.env, dialog.ShowOptions{Title: "Changed from " + c.a + " to " + c.b, Drawn: lines}))
}

// changeText is a change in words: "prompt of step qualify", "records/contacts.csv", "setting model".
func changeText(k compare.Change) string {
	switch {
	case k.Name == "":
		return k.What
	case strings.HasPrefix(k.Name, "step "):
		return k.What + " of " + k.Name
	case k.What == "settings":
		return "setting " + k.Name
	case strings.Contains(k.Name, "/"), k.What == "portal":
		return k.Name
	}
	return k.What + " " + k.Name
}

func (c *Compare) click(msg ui.Click) tea.Cmd {
	list, detail := c.areas()
	x, y := msg.X, msg.Y-c.drawn.head
	switch {
	case list.W > 0 && list.Contains(x, y):
		c.split.Focus = 0
		was := c.table.Cursor()
		if c.table.Click(y-list.Y-1) && msg.Double {
			c.split.Focus = 1
		}
		return c.moved(was, nil)
	case detail.W > 0 && detail.Contains(x, y):
		c.split.Focus = 1
	}
	return nil
}

func (c *Compare) wheel(msg ui.Wheel) tea.Cmd {
	if list, _ := c.areas(); list.W == 0 || !list.Contains(msg.X, msg.Y-c.drawn.head) {
		c.reader.wheel(msg.Lines)
		return nil
	}
	was := c.table.Cursor()
	return c.moved(was, c.table.Wheel(msg.Lines))
}

// pageKey names a row: its place among all that were found.
func pageKey(page, at int) string { return strconv.Itoa(page) + "." + strconv.Itoa(at) }

// has tells whether a page is there.
func (r *reader) has(key tabKey) bool { return r.pages[key] != nil }

// waiting shows that something is being read.
func (r *reader) waiting() {
	r.load.Cancel()
	r.key, r.want = tabKey{}, tabKey{tab: "waiting"}
}
