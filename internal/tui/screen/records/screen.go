// Package records is the place Records: the portal's records by object type, one record closely, and why a workflow would or
// would not enroll it.
package records

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/hubspot"
	"askflow/internal/service"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// How much is read at once: rows of the table, and records looked at for a filter before the screen says how far it is.
const (
	pageRecords = 60
	pageScan    = 20_000
)

// Screen is the place.
type Screen struct {
	env     *ui.Env
	objects []*service.ObjectInfo
	at      string // the object type that is shown, by name
	table   *widget.Table[row]
	filter  widget.Filter
	split   widget.Split
	columns []hubspot.Property            // of the object type
	picked  map[string][]hubspot.Property // columns that were chosen, by object type
	detail  detail
	// empty shows properties without a value, too.
	empty    bool
	loads    loaders
	searched int64
	err      error
	stale    bool // the list is not that of the filter any more: it is read when the place is shown next
	// want is a record that another place asked for, until it is there.
	want string
}

// loaders guard what is loaded.
type loaders struct{ objects, columns, page, workflows, view, why ui.Loader }

// New makes the place.
func New(env *ui.Env) ui.Screen {
	s := &Screen{env: env, picked: map[string][]hubspot.Property{}, split: widget.Split{Ratio: 55}}
	s.detail.init()
	s.table = &widget.Table[row]{Cells: s.cells, Key: func(r row) string { return r.rec.ID }, More: s.more}
	return s
}

// Update takes a message.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	cmd := s.update(msg)
	return tea.Batch(cmd, s.follow())
}

func (s *Screen) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.press(msg)
	case tea.PasteMsg:
		if s.filter.Paste(msg.Content) {
			return s.restart()
		}
	case ui.Shown:
		if msg.First || s.stale || s.err != nil {
			return s.loadObjects()
		}
	case ui.Refresh:
		s.void()
		return s.loadObjects()
	case ui.Themed:
		s.void()
	case ui.ShowRecord:
		return s.show(msg)
	case ui.Wheel:
		return s.wheel(msg)
	case ui.Click:
		return s.click(msg)
	}
	return s.result(msg)
}

// result takes what the place's own commands brought.
func (s *Screen) result(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ui.Loaded[[]*service.ObjectInfo]:
		return s.objectsRead(msg)
	case ui.Loaded[[]hubspot.Property]:
		return s.columnsRead(msg)
	case ui.Loaded[page]:
		return s.took(msg)
	case ui.Loaded[*service.RecordView]:
		return s.viewed(msg)
	case ui.Loaded[[]*service.Explanation]:
		return s.explained(msg)
	case ui.Loaded[[]*service.WorkflowItem]:
		return s.pickWorkflow(msg)
	case objectMsg:
		return s.switchTo(msg.name)
	case columnsMsg:
		return s.toggleColumn(msg.name)
	}
	return nil
}

func (s *Screen) loadObjects() tea.Cmd {
	records := s.env.Services.Records
	return ui.Load(s.env, &s.loads.objects, func(ctx context.Context) ([]*service.ObjectInfo, error) { return records.Objects(ctx) })
}

func (s *Screen) objectsRead(msg ui.Loaded[[]*service.ObjectInfo]) tea.Cmd {
	if !s.loads.objects.Take(msg.N) {
		return nil
	}
	if s.err = msg.Err; msg.Err != nil {
		return nil
	}
	s.objects = msg.Value
	if s.object() == nil {
		s.at = ""
		if len(s.objects) > 0 {
			s.at = s.objects[0].Type.Name
		}
	}
	return s.reload()
}

// object is the object type that is shown, nil when there is none.
func (s *Screen) object() *service.ObjectInfo {
	for _, o := range s.objects {
		if o.Type.Name == s.at {
			return o
		}
	}
	return nil
}

// reload reads columns and the first page; the cursor stays on its record where that is still among them.
func (s *Screen) reload() tea.Cmd {
	s.stale = false
	if s.at == "" {
		s.table.Set(nil, false, false)
		return nil
	}
	records, at := s.env.Services.Records, s.at
	columns := ui.Load(s.env, &s.loads.columns, func(ctx context.Context) ([]hubspot.Property, error) { return records.Columns(ctx, at) })
	s.searched = 0
	return tea.Batch(columns, s.read(edge{}, false, true))
}

// restart is reload with the cursor on the first record.
func (s *Screen) restart() tea.Cmd {
	s.table.Reset(nil, false, false)
	return s.reload()
}

func (s *Screen) columnsRead(msg ui.Loaded[[]hubspot.Property]) tea.Cmd {
	if s.loads.columns.Take(msg.N) && msg.Err == nil {
		s.columns = msg.Value
	}
	return nil
}

func (s *Screen) press(msg tea.KeyPressMsg) tea.Cmd {
	if changed, taken := s.filter.Press(s.env, msg); taken {
		if changed {
			return s.restart()
		}
		return nil
	}
	if cmd, taken := s.detail.tabs.Press(s.env, msg); taken {
		s.void()
		return cmd
	}
	if s.split.Focus == 1 {
		if cmd, taken := s.detail.text.Press(s.env, msg); taken {
			return cmd
		}
	}
	if cmd, taken := s.split.Press(s.env, msg); taken {
		return cmd
	}
	key := msg.String()
	switch {
	case s.split.Focus == 1 && s.env.Keys.Is("nav.left", key):
		s.split.Focus = 0
		return nil
	case s.env.Keys.Is("nav.left", key):
		return s.turn(-1)
	case s.env.Keys.Is("nav.right", key) && s.split.Focus == 0:
		return s.turn(1)
	}
	cmd, _ := s.table.Press(s.env, msg)
	return cmd
}

// turn goes to another object type.
func (s *Screen) turn(by int) tea.Cmd {
	n := len(s.objects)
	if n < 2 {
		return nil
	}
	at := slices.IndexFunc(s.objects, func(o *service.ObjectInfo) bool { return o.Type.Name == s.at })
	return s.switchTo(s.objects[(at+by+n)%n].Type.Name)
}

func (s *Screen) switchTo(name string) tea.Cmd {
	if s.at == name {
		return nil
	}
	s.at, s.columns = name, nil
	s.filter.Clear()
	s.table.Unmark()
	return s.restart()
}

func (s *Screen) wheel(w ui.Wheel) tea.Cmd {
	if s.split.Focus == 1 {
		s.detail.text.Wheel(w.Lines)
		return nil
	}
	return s.table.Wheel(w.Lines)
}

func (s *Screen) click(c ui.Click) tea.Cmd {
	list, detail := s.split.Areas(s.detail.width, s.detail.height)
	switch {
	case detail.Contains(c.X, c.Y):
		s.split.Focus = 1
		s.detail.tabs.Click(c.X-detail.X-1, detail.W-2)
		s.void()
	case list.Contains(c.X, c.Y):
		s.split.Focus = 0
		top := list.Y + 2 // border and object types
		if s.filter.Visible() {
			top++
		}
		if s.table.Click(c.Y-top) && c.Double {
			return s.open()
		}
	}
	return nil
}

// Typing tells that letters go into the filter.
func (s *Screen) Typing() bool { return s.filter.Editing }

// Back leaves the filter, the record, the search.
func (s *Screen) Back() bool {
	switch {
	case s.filter.Editing:
		if s.filter.Clear() {
			s.stale = true
		}
	case s.split.Zoom:
		s.split.Zoom = false
	case s.split.Focus == 1:
		s.split.Focus = 0
	case s.loads.page.Busy() && s.searched > 0:
		s.loads.page.Cancel()
		s.searched = 0
		s.table.Failed()
	default:
		return false
	}
	return true
}

// Crumbs say which object type, and which record is open.
func (s *Screen) Crumbs() []string {
	var out []string
	if o := s.object(); o != nil {
		out = append(out, o.Type.Plural)
	}
	if r, ok := s.table.Selected(); ok && s.split.Focus == 1 {
		out = append(out, r.name())
	}
	return out
}

// Command is the command line that shows the same.
func (s *Screen) Command() string {
	if r, ok := s.table.Selected(); ok && s.split.Focus == 1 {
		return "records show " + s.plural() + " " + word(r.rec.ID)
	}
	return strings.TrimSpace("records list " + s.plural())
}

func (s *Screen) plural() string {
	if o := s.object(); o != nil {
		return word(o.Type.Plural)
	}
	return ""
}

// word quotes what a shell would take apart.
func word(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
