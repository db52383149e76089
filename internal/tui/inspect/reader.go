package inspect

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// reader shows one tab after the other and remembers how far each was read. Tabs of small steps are made at once, others in a load.
type reader struct {
	env  *ui.Env
	tabs widget.Tabs
	load ui.Loader
	find widget.Filter
	// key names what is shown, want what is being made.
	key, want tabKey
	pages     map[tabKey]*page
	held      int // bytes in pages
	// width and height are those of the text as it was drawn last.
	width, height int
	top           int // the lines above the text
}

// tabKey names a tab in a mode, of a step or of a record.
type tabKey struct {
	of        string
	tab, mode string
}

// page is a tab with its place.
type page struct {
	text *widget.Text
	tree *widget.JSONTree // instead of text
	// sheet is the text where it is a document that is laid out for its width.
	sheet *widget.Sheet
	content
}

// lay lays the text out for a width.
func (p *page) lay(env *ui.Env, width, height int) {
	if p.sheet != nil {
		p.sheet.Lay(env, width, height)
	}
}

const (
	small = 32 << 10 // bytes up to which a tab is made at once
	// mostPages and mostHeld bound what is remembered.
	mostPages = 40
	mostHeld  = 32 << 20
)

// show shows a tab, which is made from about weight bytes.
func (r *reader) show(key tabKey, weight int, build func() *content) tea.Cmd {
	r.load.Cancel()
	if r.pages[key] != nil {
		r.key, r.want = key, tabKey{}
		r.search()
		return nil
	}
	if weight <= small {
		r.put(key, build(), weight)
		return nil
	}
	r.key, r.want = tabKey{}, key
	return ui.Load(r.env, &r.load, func(ctx context.Context) (*content, error) {
		c := build()
		return c, ctx.Err()
	})
}

func (r *reader) loaded(msg ui.Loaded[*content]) {
	if msg.Of == &r.load && r.load.Take(msg.N) && msg.Err == nil {
		r.put(r.want, msg.Value, len(msg.Value.copied))
	}
}

func (r *reader) put(key tabKey, c *content, weight int) {
	if len(r.pages) >= mostPages || r.held+weight > mostHeld {
		r.pages, r.held = nil, 0
	}
	if r.pages == nil {
		r.pages = map[tabKey]*page{}
	}
	p := &page{content: *c, text: widget.NewText()}
	switch {
	case c.tree != nil:
		p.tree = &widget.JSONTree{}
		p.tree.SetTree(c.tree)
	case c.doc != nil:
		sheet := c.doc.Sheet()
		if p.text = sheet.Text; c.laid {
			p.sheet = sheet
		}
	default:
		p.text.SetText(c.raw)
	}
	if r.width > 0 && p.tree == nil { // keys may come before it is drawn
		p.lay(r.env, r.width, r.height)
		_ = p.text.View(r.env, r.width, r.height, false)
	}
	r.pages[key] = p
	r.held += weight
	r.key, r.want = key, tabKey{}
	r.search()
}

// forget drops what was made; forgotten tabs begin at their top again.
func (r *reader) forget() {
	r.load.Cancel()
	r.pages, r.held, r.want = nil, 0, tabKey{}
}

// clear shows nothing.
func (r *reader) clear() {
	r.forget()
	r.key, r.tabs = tabKey{}, widget.Tabs{}
}

// page is what is shown, nil while it is being made.
func (r *reader) page() *page { return r.pages[r.key] }

// shown is the page, one without anything while there is none.
func (r *reader) shown() *page {
	if p := r.page(); p != nil {
		return p
	}
	return &page{}
}

// press handles a key in the text.
func (r *reader) press(msg tea.KeyPressMsg) bool {
	p := r.page()
	if p == nil {
		return false
	}
	if p.tree != nil {
		_, taken := p.tree.Press(r.env, msg)
		return taken
	}
	_, taken := p.text.Press(r.env, msg)
	return taken
}

func (r *reader) wheel(lines int) {
	switch p := r.page(); {
	case p == nil:
	case p.tree != nil:
		p.tree.Wheel(lines)
	default:
		p.text.Wheel(lines)
	}
}

// click puts the cursor of a tree on the row at a line of the last View.
func (r *reader) click(y int) {
	if p := r.page(); p != nil && p.tree != nil {
		p.tree.Click(y - r.top)
	}
}

// startFind opens the line for a word to find.
func (r *reader) startFind() {
	r.find = widget.Filter{Text: r.find.Text, On: true, Editing: true}
}

// filterKey tells whether a key switches the search off or on.
func (r *reader) filterKey(msg tea.KeyPressMsg) bool {
	return r.find.Text != "" && r.env.Keys.Is("nav.filteronoff", msg.String())
}

func (r *reader) findKey(msg tea.KeyPressMsg) tea.Cmd {
	if changed, _ := r.find.Press(r.env, msg); changed {
		r.search()
	}
	return nil
}

func (r *reader) paste(s string) {
	if r.find.Paste(s) {
		r.search()
	}
}

// leaveFind takes the search away; false when there is none.
func (r *reader) leaveFind() bool {
	if !r.find.Visible() {
		return false
	}
	r.find.Clear()
	r.search()
	return true
}

// search looks for the word in what is shown.
func (r *reader) search() {
	if p := r.page(); p != nil && p.tree == nil {
		p.text.Find(r.find.Active())
	}
}

// finding tells that hits can be stepped through.
func (r *reader) finding() bool {
	p := r.page()
	return p != nil && p.tree == nil && r.find.Active() != ""
}

func (r *reader) hop(next bool) tea.Cmd {
	switch p := r.page(); {
	case p == nil || p.tree != nil:
	case next:
		p.text.Next()
	default:
		p.text.Prev()
	}
	return nil
}

// copy copies what the page stands for; of JSON, the value under the cursor.
func (r *reader) copy() tea.Cmd {
	p := r.page()
	if p == nil {
		return nil
	}
	if p.tree != nil {
		if path, value := p.tree.Selected(); path != "" && path != "$" {
			return ui.Copy(value, "the value at "+path)
		}
	}
	return ui.Copy(p.copied, p.what)
}

// pager shows the text in $PAGER.
func (r *reader) pager(name string) tea.Cmd {
	p := r.page()
	if p == nil {
		return nil
	}
	return ui.Pager(name, p.copied)
}

// view draws tabs, text and search in exactly that room.
func (r *reader) view(width, height int, focused bool) string {
	p, th := r.page(), r.env.Theme
	lines := make([]string, 0, height)
	if p != nil && p.note != "" && height >= 6 {
		lines = append(lines, " "+th.Faint.Render(text.Clip(p.note, max(0, width-2))))
	}
	room := height - len(lines)
	if len(r.tabs.Titles) > 0 {
		room--
	}
	if r.find.Visible() {
		room--
	}
	r.top = height - room
	if r.find.Visible() {
		r.top--
	}
	body := ""
	switch {
	case p == nil && r.want != (tabKey{}):
		body = " " + th.Faint.Render(text.Clip("Reading …", max(0, width-1)))
	case p == nil:
	case p.tree != nil:
		body = p.tree.View(r.env, width, max(0, room), focused)
	default:
		r.width, r.height = max(1, width-2), max(0, room) // a cell away from the border
		p.lay(r.env, r.width, r.height)
		body = " " + strings.ReplaceAll(p.text.View(r.env, r.width, r.height, focused), "\n", "\n ")
	}
	if room > 0 {
		lines = append(lines, text.Block(body, width, room))
	}
	if len(r.tabs.Titles) > 0 { // how far it was read is known only now
		lines = append([]string{r.tabLine(width)}, lines...)
	}
	if foot := r.footLine(width); foot != "" {
		lines = append(lines, foot)
	}
	return text.Block(strings.Join(lines, "\n"), width, height)
}

// tabLine has the tabs, the mode and how far the text was read.
func (r *reader) tabLine(width int) string {
	right := ""
	if p := r.page(); p != nil {
		right = join(p.mode, r.position())
	}
	tabs := r.tabs.View(r.env, width)
	room := width - text.Width(tabs) - 1
	if right == "" || room < text.Width(right) {
		return tabs
	}
	return tabs + " " + r.env.Theme.Faint.Render(text.FitRight(right, room))
}

// position is how far the text was read, "" when all of it is on the screen.
func (r *reader) position() string {
	switch p := r.page(); {
	case p == nil:
		return ""
	case p.tree != nil:
		return p.tree.Position()
	default:
		return p.text.Position()
	}
}

// footLine is the search with its hits, "" without one.
func (r *reader) footLine(width int) string {
	if !r.find.Visible() {
		return ""
	}
	hits := ""
	if r.find.Active() != "" {
		hits = r.hits()
	}
	room := max(1, width-text.Width(hits)-2)
	return text.Fit(r.find.View(r.env, room), room) + "  " + r.env.Theme.Faint.Render(hits)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " · " + b
}

// hits says how many places the word was found at, and which of them is shown.
func (r *reader) hits() string {
	p := r.page()
	if p == nil {
		return ""
	}
	if p.tree != nil {
		return "press m: words are found in raw text"
	}
	known, shown, all := p.text.Hits()
	more := ""
	if !all {
		more = "+"
	}
	switch {
	case known == 0 && !all:
		return "looking …"
	case known == 0:
		return "not found"
	}
	return fmt.Sprintf("%d of %d%s", max(1, shown), known, more)
}
