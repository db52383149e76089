package assistant

import (
	"context"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	domain "askflow/internal/assistant"
	"askflow/internal/service"
	"askflow/internal/tui/ui"
)

// catalog is what the place was told about: assistants, models, workflows that ask. Nothing changes it afterwards.
type catalog struct {
	items  []*item
	models []*service.Model
	byID   map[string]*service.Model
	asking []*service.WorkflowItem
}

// item is an assistant in the list.
type item struct {
	a *domain.Assistant
	// key tells assistants apart, preview is the beginning of the instructions on one line, search what the filter looks at.
	key, preview, search string
	issues               []issue
}

// issue is a sentence about what an assistant has and does not get.
type issue struct {
	bad  bool
	text string
}

func (it *item) name() string {
	if it.a.Name != "" {
		return it.a.Name
	}
	return it.a.ID
}

// worst tells whether any of the issues keeps the assistant from answering.
func (it *item) worst() (bad, some bool) {
	for _, i := range it.issues {
		bad = bad || i.bad
	}
	return bad, len(it.issues) > 0
}

// load reads assistants, models and workflows.
func (s *Screen) load() tea.Cmd {
	if s.loader.Busy() {
		s.stale = true
		return nil
	}
	s.stale = false
	svc, now, protocol := s.env.Services, s.env.Now(), s.env.Portal.Protocol
	return ui.Load(s.env, &s.loader, func(ctx context.Context) (*catalog, error) { return readCatalog(ctx, svc, now, protocol) })
}

func readCatalog(ctx context.Context, svc *service.Services, now time.Time, protocol string) (*catalog, error) {
	list, err := svc.Assistants.List(ctx)
	if err != nil {
		return nil, err
	}
	c := &catalog{byID: map[string]*service.Model{}}
	if c.models, err = svc.Assistants.Models(ctx); err != nil {
		return nil, err
	}
	for _, m := range c.models {
		c.byID[m.ID] = m
	}
	workflows, err := svc.Workflows.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range workflows {
		if w.Asks > 0 {
			c.asking = append(c.asking, w)
		}
	}
	for _, a := range list {
		it := &item{a: a, key: a.ID + "\x00" + a.File, preview: preview(a.Instructions), issues: issuesOf(a, c.byID[a.Model], now, protocol)}
		it.search = strings.ToLower(strings.Join([]string{clip(a.ID, 200), clip(a.Name, 200), clip(a.Model, 200), clip(a.Description, 500), clip(a.Instructions, 2000)}, "\n"))
		c.items = append(c.items, it)
	}
	return c, nil
}

// clip is the beginning of data: at most that many bytes, and no half of a letter.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// preview is the beginning of a text on one line.
func preview(s string) string { return strings.Join(strings.Fields(clip(s, 400)), " ") }

// take takes what was read.
func (s *Screen) take(msg ui.Loaded[*catalog]) tea.Cmd {
	if msg.Of != &s.loader || !s.loader.Take(msg.N) {
		return nil
	}
	s.err = msg.Err
	if msg.Err != nil {
		s.list.Failed()
		return nil
	}
	s.catalog = msg.Value
	s.models.set(msg.Value.models)
	cmds := []tea.Cmd{s.refilter(), s.selectWanted(), s.form.resolve()}
	if s.stale {
		cmds = append(cmds, s.load())
	}
	return tea.Batch(cmds...)
}

// refilter shows the assistants that the filter lets through.
func (s *Screen) refilter() tea.Cmd {
	if s.catalog == nil {
		return nil
	}
	list, words := s.catalog.items, strings.Fields(strings.ToLower(s.filter.Active()))
	if len(words) > 0 {
		list = nil
		for _, it := range s.catalog.items {
			if it.matches(words) {
				list = append(list, it)
			}
		}
	}
	s.list.Set(list, false, false)
	s.list.Select(s.detail.last)
	return s.look()
}

func (it *item) matches(words []string) bool {
	for _, w := range words {
		field, value, named := strings.Cut(w, ":")
		hay := it.search
		switch {
		case named && field == "model":
			hay = strings.ToLower(clip(it.a.Model, 200))
		case named && field == "name":
			hay = strings.ToLower(clip(it.name(), 200))
		case named && field == "id":
			hay = strings.ToLower(clip(it.a.ID, 200))
		default:
			value = w
		}
		if !strings.Contains(hay, value) {
			return false
		}
	}
	return true
}

// moved follows a move of the cursor.
func (s *Screen) moved() tea.Cmd {
	if it, ok := s.list.Selected(); ok {
		s.detail.last = it.key
	}
	return s.look()
}

// look shows the assistant under the cursor.
func (s *Screen) look() tea.Cmd {
	it, ok := s.list.Selected()
	key := ""
	if ok {
		key = it.key
	}
	if ok && s.detail.of == it {
		return nil
	}
	same := s.detail.of != nil && s.detail.of.key == key
	if s.detail.of = it; !ok {
		s.detail.body.SetText("")
	} else if !same || s.detail.body.Raw() != it.a.Instructions {
		s.detail.body.SetText(it.a.Instructions)
	}
	if same || s.form.target != nil || s.settings.chosen.Assistant != "" {
		return nil
	}
	return s.form.resolve()
}

// selectWanted puts the cursor on the assistant that another place asked for, by id, name or file.
func (s *Screen) selectWanted() tea.Cmd {
	want := s.detail.want
	if want == "" || s.catalog == nil {
		return nil
	}
	s.detail.want = ""
	for _, it := range s.catalog.items {
		if it.a.ID == want || it.a.Name == want || it.a.File == want {
			if !s.list.Select(it.key) {
				s.filter.Clear()
				s.list.Set(s.catalog.items, false, false)
				s.list.Select(it.key)
			}
			return s.moved()
		}
	}
	return ui.Note("This portal has no assistant " + clip(want, 80) + ".")
}

// selected is the id of the assistant under the cursor, "" without one.
func (s *Screen) selected() string {
	if it, ok := s.list.Selected(); ok {
		return it.a.ID
	}
	return ""
}

func (s *Screen) setFocus(f focus) {
	s.focus = f
	s.wide.Focus, s.narrow.Focus = 0, 0
	if f != focusList {
		s.narrow.Focus = 1
	}
	if f == focusSettings {
		s.wide.Focus = 1
	}
}

func (s *Screen) open() tea.Cmd {
	s.setFocus(focusDetail)
	return nil
}

func (s *Screen) openSettings() tea.Cmd {
	s.setFocus(focusSettings)
	return nil
}

// use takes the assistant under the cursor for the next run, or gives the choice back to the workflow.
func (s *Screen) use() tea.Cmd {
	id := s.selected()
	if s.settings.chosen.Assistant == id {
		id = ""
	}
	return s.choose(func(c *ui.Settings) { c.Assistant = id })
}

func (s *Screen) edit() tea.Cmd {
	it, ok := s.list.Selected()
	if !ok {
		return nil
	}
	path := filepath.Join(s.env.Portal.Dir, filepath.FromSlash(it.a.File))
	return ui.Send(ui.EditMsg{Path: path, Line: it.a.Pos.Line, Column: it.a.Pos.Col, Done: func(error) tea.Msg { return editedMsg{} }})
}

func (s *Screen) copyInstructions() tea.Cmd {
	it, ok := s.list.Selected()
	if !ok {
		return nil
	}
	return ui.Copy(it.a.Instructions, "the instructions")
}

func (s *Screen) pageInstructions() tea.Cmd {
	it, ok := s.list.Selected()
	if !ok {
		return nil
	}
	return ui.Pager(it.name(), it.a.Instructions)
}
