package assistant

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/service"
	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// recordLevel is where the scratchpad's record is picked.
type recordLevel struct {
	s       *Screen
	loader  ui.Loader
	objects ui.Loader
	types   []*service.ObjectInfo
	tabs    widget.Tabs
	table   widget.Table[*recordItem]
	filter  widget.Filter
	// columns are the properties that are shown beside the name.
	columns []hubspot.Property
	// aim is the record that the cursor is to start at, "" once it does.
	aim   string
	next  *records.Cursor
	prev  *records.Cursor
	err   error
	want  string // the object type to be shown
	above int
	area  widget.Area
}

// recordItem is a record in the table.
type recordItem struct {
	record *hubspot.Record
	name   string
}

// recordWindow is a page of records.
type recordWindow struct {
	items     []*recordItem
	page      *service.RecordPage
	columns   []hubspot.Property
	add, back bool
	aim       string // the record that was looked for
}

const (
	recordPage = 100
	recordScan = 20_000
)

func newRecordLevel(s *Screen) recordLevel {
	l := recordLevel{s: s}
	l.table = widget.Table[*recordItem]{Key: func(it *recordItem) string { return it.record.ID }}
	return l
}

// cells and More are set when the level has its place in the screen.
func (l *recordLevel) ready() {
	l.table.Cells = l.cells
	l.table.More = func(_ *recordItem, back bool) tea.Cmd { return l.more(back) }
	l.table.Columns = []widget.Column{{Title: "ID", Width: 8}, {Title: "Name", Width: 18, Grow: 1}}
	for i, c := range l.columns {
		title := c.Label
		if title == "" {
			title = c.Name
		}
		l.table.Columns = append(l.table.Columns, widget.Column{Title: text.Clip(title, 24), Width: 14, Grow: 1, Drop: i + 1})
	}
}

func (l *recordLevel) cells(it *recordItem) []widget.Cell {
	th := l.s.env.Theme
	out := []widget.Cell{{Text: it.record.ID, Style: th.Faint}, {Text: it.name, Style: th.Text}}
	for _, c := range l.columns {
		out = append(out, widget.Cell{Text: it.record.Get(c.Name), Style: th.Faint})
	}
	return out
}

// openRecords goes to the record picker.
func (s *Screen) openRecords() tea.Cmd {
	s.level = levelRecords
	s.pad.typing = false
	s.records.want, s.records.aim = s.pad.objectType, s.pad.recordID
	return s.records.open()
}

// open reads which object types there are, and the records of the one that is wanted.
func (l *recordLevel) open() tea.Cmd {
	l.ready()
	svc := l.s.env.Services.Records
	return ui.Load(l.s.env, &l.objects, func(ctx context.Context) ([]*service.ObjectInfo, error) { return svc.Objects(ctx) })
}

// again reads the records anew, and the object types where they could not be read.
func (l *recordLevel) again() tea.Cmd {
	if len(l.types) == 0 {
		return l.open()
	}
	return l.load()
}

func (l *recordLevel) tookObjects(msg ui.Loaded[[]*service.ObjectInfo]) tea.Cmd {
	if msg.Of != &l.objects || !l.objects.Take(msg.N) {
		return nil
	}
	l.err = msg.Err
	if msg.Err != nil {
		return nil
	}
	was := l.objectType()
	if l.want != "" {
		was, l.want = l.want, ""
	}
	l.types, l.tabs.Titles, l.tabs.At = msg.Value, nil, 0
	for i, t := range l.types {
		l.tabs.Titles = append(l.tabs.Titles, t.Type.Plural)
		if t.Type.Name == was {
			l.tabs.At = i
		}
	}
	return l.load()
}

// objectType is the name of the one that is shown.
func (l *recordLevel) objectType() string {
	if l.tabs.At < len(l.types) {
		return l.types[l.tabs.At].Type.Name
	}
	return ""
}

// load reads the first page.
func (l *recordLevel) load() tea.Cmd {
	if l.objectType() == "" {
		return nil
	}
	if l.table.Len() == 0 {
		l.table.Wait()
	}
	return l.read(service.RecordQuery{}, false)
}

func (l *recordLevel) more(back bool) tea.Cmd {
	from := l.next
	if back {
		from = l.prev
	}
	if from == nil || l.loader.Busy() {
		l.table.Failed()
		return nil
	}
	return l.read(service.RecordQuery{From: from, Backwards: back}, true)
}

func (l *recordLevel) read(q service.RecordQuery, add bool) tea.Cmd {
	q.ObjectType, q.Limit, q.Filter, q.Scan = l.objectType(), recordPage, l.filter.Active(), recordScan
	svc, aim := l.s.env.Services.Records, ""
	if !add && q.Filter == "" && l.objectType() == l.s.pad.objectType {
		aim = l.aim
	}
	return ui.Load(l.s.env, &l.loader, func(ctx context.Context) (*recordWindow, error) {
		w, err := readRecords(ctx, svc, q, add)
		if err == nil && aim != "" {
			err = w.reach(ctx, svc, q, aim)
		}
		return w, err
	})
}

// mostPages is how many pages are read at once so that the record in use is among them.
const mostPages = 10

// reach reads on until a record is there.
func (w *recordWindow) reach(ctx context.Context, svc service.Records, q service.RecordQuery, id string) error {
	w.aim = id
	for range mostPages {
		if w.page.Next == nil || slices.ContainsFunc(w.items, func(it *recordItem) bool { return it.record.ID == id }) {
			return nil
		}
		q.From = w.page.Next
		more, err := readRecords(ctx, svc, q, true)
		if err != nil {
			return err
		}
		w.items, w.page.Next = append(w.items, more.items...), more.page.Next
	}
	return nil
}

func readRecords(ctx context.Context, svc service.Records, q service.RecordQuery, add bool) (*recordWindow, error) {
	page, err := svc.Page(ctx, q)
	if err != nil {
		return nil, err
	}
	w := &recordWindow{page: page, add: add, back: q.Backwards}
	for _, r := range page.Records {
		w.items = append(w.items, &recordItem{r, clip(r.Name(), 400)})
	}
	if !add {
		columns, err := svc.Columns(ctx, q.ObjectType)
		if err != nil {
			return nil, err
		}
		for _, c := range columns {
			if len(w.columns) < 5 && !strings.HasPrefix(c.Name, "hs_object") && c.Name != "firstname" && c.Name != "lastname" && c.Name != "name" && c.Name != "dealname" {
				w.columns = append(w.columns, c)
			}
		}
	}
	return w, nil
}

func (l *recordLevel) took(msg ui.Loaded[*recordWindow]) tea.Cmd {
	if msg.Of != &l.loader || !l.loader.Take(msg.N) {
		return nil
	}
	l.err = msg.Err
	if msg.Err != nil {
		l.table.Failed()
		return nil
	}
	w := msg.Value
	switch {
	case w.add && w.back:
		l.prev = w.page.Prev
		l.table.Add(w.items, true, l.prev != nil)
	case w.add:
		l.next = w.page.Next
		l.table.Add(w.items, false, l.next != nil)
	default:
		l.next, l.prev, l.columns = w.page.Next, w.page.Prev, w.columns
		l.ready()
		l.table.Set(w.items, l.prev != nil, l.next != nil)
		if w.aim != "" && l.aim == w.aim {
			l.aim = ""
			l.table.Select(w.aim)
		}
	}
	if len(w.items) == 0 && w.page.Next != nil && !w.back { // nothing among those that were looked at
		return l.more(false)
	}
	return nil
}

func (l *recordLevel) unfilter() bool {
	if !l.filter.Visible() {
		return false
	}
	l.filter.Clear()
	return true
}

func (l *recordLevel) bindings() []ui.Binding {
	none := ""
	if l.table.Len() == 0 {
		none = "There is no record under the cursor."
	}
	return []ui.Binding{ui.When("assistant.pick", none, l.pick)}
}

// pick takes the record under the cursor.
func (l *recordLevel) pick() tea.Cmd {
	it, ok := l.table.Selected()
	if !ok {
		return nil
	}
	l.s.level = levelPad
	return l.s.pad.use(l.objectType(), it.record.ID, it.name)
}

func (l *recordLevel) press(msg tea.KeyPressMsg) tea.Cmd {
	if changed, taken := l.filter.Press(l.s.env, msg); taken || l.filter.Editing {
		if changed {
			return l.load()
		}
		return nil
	}
	if cmd, taken := l.tabs.Press(l.s.env, msg); taken {
		l.table.Reset(nil, false, false)
		return tea.Batch(cmd, l.load())
	}
	cmd, _ := l.table.Press(l.s.env, msg)
	return cmd
}

func (l *recordLevel) click(msg ui.Click) tea.Cmd {
	if msg.Y == l.area.Y+1 && l.tabs.Click(msg.X-l.area.X-1, l.area.W-2) {
		l.table.Reset(nil, false, false)
		return l.load()
	}
	if l.table.Click(msg.Y-l.area.Y-1-l.above) && msg.Double {
		return l.pick()
	}
	return nil
}

func (l *recordLevel) view(width, height int) string {
	env := l.s.env
	l.area = widget.Area{W: width, H: height}
	inner := max(1, width-2)
	above := []string{l.tabs.View(env, inner)}
	if l.filter.Visible() {
		above = append(above, l.filter.View(env, inner))
	}
	if l.err != nil {
		above = append(above, sentence(env.Theme.Bad, "✗ ", errorText(l.err), inner)...)
	}
	l.above = len(above)
	l.table.Empty = "There are no records; put a HubSpot export into the folder records/, such as contacts.csv."
	if l.filter.Active() != "" {
		l.table.Empty = "No record matches the filter. f switches it off, esc takes it away."
	}
	body := append(above, l.table.View(env, inner, max(0, height-2-len(above)), true))
	return widget.Pane(env, "Ask about which record?", strings.Join(body, "\n"), width, height, true)
}
