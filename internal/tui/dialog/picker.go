package dialog

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"askflow/internal/service"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// entry is one line of a picker.
type entry struct {
	title, detail, disabled, group string
	search                         string
}

// picker is a list that letters filter.
type picker struct {
	env     *ui.Env
	entries []entry
	shown   []int
	cursor  int // of shown
	top     int
	height  int
	// ordered keeps the entries in their order while a query filters them.
	ordered bool
	query   *widget.Editor
}

// mostSearched is how much of an entry letters are looked for in.
const mostSearched = 200

func newPicker(env *ui.Env, entries []entry, at int) *picker {
	p := &picker{env: env, entries: entries, query: widget.NewEditor("", false)}
	p.query.Placeholder = "type to filter"
	for i := range entries {
		e := &entries[i]
		e.search = text.Clip(e.title+" "+e.group+" "+e.detail, mostSearched)
	}
	p.filter()
	if at >= 0 && at < len(entries) {
		p.cursor = at
	}
	return p
}

// filter lists what matches, the best first; everything in its order while there is no query.
func (p *picker) filter() {
	p.shown, p.cursor, p.top = p.shown[:0], 0, 0
	query := strings.TrimSpace(text.Clip(p.query.Value(), mostSearched))
	if query == "" {
		for i := range p.entries {
			p.shown = append(p.shown, i)
		}
		return
	}
	found := fuzzy.FindFrom(query, searched(p.entries))
	best := -1
	if len(found) > 0 {
		best = found[0].Index
	}
	near := make(map[int]int, len(found))
	for _, m := range found {
		near[m.Index] = nearness(p.entries[m.Index].title, query)
	}
	slices.SortStableFunc(found, func(a, b fuzzy.Match) int {
		switch {
		case p.ordered:
			return a.Index - b.Index
		case near[a.Index] != near[b.Index] || near[a.Index] == scattered:
			return near[a.Index] - near[b.Index] // among scattered letters the order stays that of their score
		}
		return a.Index - b.Index
	})
	for i, m := range found {
		if p.shown = append(p.shown, m.Index); p.ordered && m.Index == best { // the order stays, the cursor goes to what is meant
			p.cursor = i
		}
	}
}

// scattered is the nearness of a title that has the letters of a query, but not as they were typed.
const scattered = 4

// nearness is how well a title fits a query: 0 for the title itself, then its beginning, the beginning of one of its words, a part of it. Of
// titles that fit as well as each other the one that is listed first is meant more often.
func nearness(title, query string) int {
	title, query = strings.ToLower(text.Clip(title, mostSearched)), strings.ToLower(query)
	at := strings.Index(title, query)
	switch {
	case at < 0:
		return scattered
	case title == query:
		return 0
	case at == 0:
		return 1
	}
	for from := at; at >= 0; from += at {
		if before, _ := utf8.DecodeLastRuneInString(title[:from]); !unicode.IsLetter(before) && !unicode.IsDigit(before) {
			return 2
		}
		from++
		at = strings.Index(title[from:], query)
	}
	return 3
}

// searched is what letters are looked for in.
type searched []entry

func (s searched) String(i int) string { return s[i].search }
func (s searched) Len() int            { return len(s) }

// selected is the place of the selected entry; false when nothing matches.
func (p *picker) selected() (int, bool) {
	if p.cursor < 0 || p.cursor >= len(p.shown) {
		return 0, false
	}
	return p.shown[p.cursor], true
}

// disabled says why the selected entry cannot be chosen.
func (p *picker) disabled() string {
	at, ok := p.selected()
	if !ok {
		return "Nothing matches; erase some letters."
	}
	return p.entries[at].disabled
}

func (p *picker) move(by int) { p.cursor = max(0, min(p.cursor+by, len(p.shown)-1)) }

// update takes keys that are not bound; false for those that mean nothing here.
func (p *picker) update(msg tea.Msg) bool {
	if wheel, is := msg.(ui.Wheel); is {
		p.move(wheel.Lines)
		return true
	}
	if press, is := msg.(tea.KeyPressMsg); is {
		switch key := press.String(); {
		case p.env.Keys.Is("dialog.up", key):
			p.move(-1)
			return true
		case p.env.Keys.Is("dialog.down", key):
			p.move(1)
			return true
		case key == "pgup":
			p.move(-max(1, p.height-1))
			return true
		case key == "pgdown":
			p.move(max(1, p.height-1))
			return true
		}
	}
	changed, taken := p.query.Update(msg)
	if changed {
		p.filter()
	}
	return taken
}

func (p *picker) view(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	th := p.env.Theme
	lines := []string{text.Cut(th.Key.Render("› ")+p.query.View(p.env, max(1, width-2), 1, true), width)}
	if len(p.shown) == 0 {
		lines = append(lines, th.Faint.Render(text.Clip(p.nothing(), width)))
		return strings.Join(lines[:min(len(lines), height)], "\n")
	}
	detail := p.detail(width)
	room := height - 1
	if height-1-len(detail)-1 >= 3 {
		room -= len(detail) + 1
	} else {
		detail = nil
	}
	lines = append(lines, p.list(width, room)...)
	if len(detail) > 0 {
		lines = append(append(lines, ""), detail...)
	}
	return strings.Join(lines[:min(len(lines), height)], "\n")
}

func (p *picker) nothing() string {
	if len(p.entries) == 0 {
		return "There is nothing to choose from."
	}
	return p.disabled()
}

func (p *picker) list(width, room int) []string {
	p.height = max(1, room)
	p.top = max(0, min(p.top, p.cursor, len(p.shown)-p.height))
	if p.cursor >= p.top+p.height {
		p.top = p.cursor - p.height + 1
	}
	grouped := strings.TrimSpace(p.query.Value()) == ""
	for { // headings take room, too
		lines, seen := p.rows(width, room, grouped)
		if seen || p.top >= p.cursor {
			return lines
		}
		p.top++
	}
}

// rows draws from the top on; seen tells that the cursor is among them.
func (p *picker) rows(width, room int, grouped bool) (lines []string, seen bool) {
	th, last := p.env.Theme, ""
	for i := p.top; i < len(p.shown) && len(lines) < room; i++ {
		e := &p.entries[p.shown[i]]
		if grouped && e.group != last && e.group != "" && room > 2 {
			last = e.group
			lines = append(lines, th.Heading.Render(text.Clip(e.group, width)))
			if len(lines) == room {
				break
			}
		}
		style, lead := th.Text, "  "
		if e.disabled != "" {
			style = th.Faint
		}
		title := text.Clip(e.title, max(1, width-4))
		if e.disabled != "" {
			title += " ✗"
		}
		if !grouped && e.group != "" {
			title = text.Cut(title+" · "+text.Clip(e.group, 20), max(1, width-2))
		}
		if i == p.cursor {
			lead, seen = "▸ ", true
			style = th.Cursor
			if e.disabled != "" {
				style = th.CursorIdle
			}
			title = text.Fit(title, max(1, width-2))
		}
		lines = append(lines, text.Cut(style.Render(lead+title), width))
	}
	return lines, seen
}

// detail is what is said about the selected entry.
func (p *picker) detail(width int) []string {
	at, ok := p.selected()
	if !ok {
		return nil
	}
	const most = 4
	e := p.entries[at]
	var lines []string
	if e.disabled != "" {
		lines = append(lines, below(p.env, text.Clip(e.disabled, most*width), "", width)...)
	}
	if e.detail != "" {
		for _, l := range text.Wrap(text.Clip(e.detail, most*width), max(1, width)) {
			lines = append(lines, p.env.Theme.Hint.Render(l))
		}
	}
	return lines[:min(len(lines), most)]
}

type choose struct {
	o    ChooseOptions
	list *picker
}

// Choose asks for one of several; letters filter them.
func Choose(env *ui.Env, o ChooseOptions) ui.Dialog {
	at := 0
	for i, c := range o.Items {
		if c.ID == o.At {
			at = i
		}
	}
	list := newPicker(env, entriesOf(o.Items), at)
	list.ordered = o.Ordered
	return &choose{o: o, list: list}
}

func (c *choose) Title() string { return c.o.Title }
func (c *choose) Typing() bool  { return true }

func (c *choose) Bindings() []ui.Binding {
	return []ui.Binding{ui.When("dialog.accept", c.list.disabled(), func() tea.Cmd {
		at, ok := c.list.selected()
		if !ok || c.o.Do == nil {
			return ui.Close(nil)
		}
		return ui.Close(c.o.Do(c.o.Items[at]))
	}), cancel()}
}

func (c *choose) Update(msg tea.Msg) tea.Cmd {
	if c.list.update(msg) {
		return nil
	}
	if press, is := msg.(tea.KeyPressMsg); is {
		return pressBound(c.list.env, c.Bindings(), press.String())
	}
	return nil
}

func (c *choose) View(width, height int) string { return c.list.view(width, height) }

// Tokens asks for a data token, grouped by where it comes from.
func Tokens(env *ui.Env, tokens []service.TokenChoice, do func(token string) tea.Cmd) ui.Dialog {
	tokens = byGroup(tokens)
	items := make([]Choice, len(tokens))
	for i, t := range tokens {
		items[i] = Choice{ID: t.Token, Title: t.Label}
	}
	return &choose{list: newPicker(env, tokenEntries(tokens), 0), o: ChooseOptions{Title: "Insert a data token", Items: items, Do: func(c Choice) tea.Cmd {
		if do == nil {
			return nil
		}
		return do(c.ID)
	}}}
}

// byGroup puts the tokens of one group together, groups in the order in which they first occur.
func byGroup(tokens []service.TokenChoice) []service.TokenChoice {
	order := map[string]int{}
	for _, t := range tokens {
		if _, seen := order[t.Group]; !seen {
			order[t.Group] = len(order)
		}
	}
	out := slices.Clone(tokens)
	slices.SortStableFunc(out, func(a, b service.TokenChoice) int { return order[a.Group] - order[b.Group] })
	return out
}

// tokenEntries keeps the order of the tokens.
func tokenEntries(tokens []service.TokenChoice) []entry {
	out := make([]entry, len(tokens))
	for i, t := range tokens {
		detail := t.Token
		if t.Sample != "" {
			detail = t.Token + " – for example " + text.Clip(t.Sample, 60)
		}
		title := t.Label
		if title == "" {
			title = t.Token
		}
		out[i] = entry{title: title, detail: detail, group: t.Group}
	}
	return out
}
