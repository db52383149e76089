package records

import (
	"context"
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/service"
	"askflow/internal/tui/ui"
)

// row is a record with the page that it came on, from which reading goes on in both directions.
type row struct {
	rec  *hubspot.Record
	page *pageInfo
	// place of the record on its page.
	place int
}

// pageInfo is a page as it was read: start is its beginning (nil for that of the input), next what lies behind it (nil for the
// end), size how many records it has.
type pageInfo struct {
	start, next *records.Cursor
	size        int
	at          int64
}

func (r row) name() string {
	if n := r.rec.Name(); n != "" {
		return n
	}
	return r.rec.ID
}

// edge is where reading goes on.
type edge struct {
	from *records.Cursor
	// skip leaves out that many records of what is read, take keeps no more than that many (0 for all): rows at the edge of the
	// table need not be at the edge of their page.
	skip, take int
}

// page is what one read brought.
type page struct {
	rows      []row
	next      edge
	more      bool
	scanned   int64
	backwards bool
	fresh     bool
}

// more reads beyond an edge of the table.
func (s *Screen) more(r row, backwards bool) tea.Cmd {
	p := r.page
	switch {
	case backwards && r.place > 0:
		return s.read(edge{from: p.start, take: r.place}, true, false)
	case backwards:
		return s.read(edge{from: p.start}, true, false)
	case r.place < p.size-1:
		return s.read(edge{from: p.start, skip: r.place + 1}, false, false)
	}
	return s.read(edge{from: p.next}, false, false)
}

// read reads a page; fresh replaces what the table holds.
func (s *Screen) read(e edge, backwards, fresh bool) tea.Cmd {
	q := service.RecordQuery{ObjectType: s.at, From: e.from, Backwards: backwards && e.take == 0, Limit: pageRecords, Filter: s.filter.Active(), Scan: pageScan}
	service := s.env.Services.Records
	s.table.Wait()
	return ui.Load(s.env, &s.loads.page, func(ctx context.Context) (page, error) {
		got, err := service.Page(ctx, q)
		if err != nil {
			return page{backwards: backwards, fresh: fresh}, err
		}
		info := &pageInfo{start: got.Prev, next: got.Next, size: len(got.Records), at: got.At}
		p := page{scanned: got.Scanned, backwards: backwards, fresh: fresh}
		for i, rec := range got.Records {
			p.rows = append(p.rows, row{rec, info, i})
		}
		if backwards {
			p.next, p.more = edge{from: got.Prev}, got.Prev != nil
			if e.take > 0 {
				p.rows = p.rows[:min(e.take, len(p.rows))]
			}
			return p, nil
		}
		p.next, p.more = edge{from: got.Next}, got.Next != nil
		p.rows = p.rows[min(e.skip, len(p.rows)):]
		return p, nil
	})
}

func (s *Screen) took(msg ui.Loaded[page]) tea.Cmd {
	if !s.loads.page.Take(msg.N) {
		return nil
	}
	p := msg.Value
	if msg.Err != nil {
		return s.unread(msg.Err, p)
	}
	s.err = nil
	s.searched += p.scanned
	if len(p.rows) == 0 && p.more { // nothing here: go on looking, in slices, so that it can be cancelled
		return s.read(p.next, p.backwards, p.fresh)
	}
	if p.fresh {
		before := len(p.rows) > 0 && p.rows[0].page.start != nil
		s.table.Set(p.rows, before, p.more)
	} else {
		s.table.Add(p.rows, p.backwards, p.more)
	}
	s.searched = 0
	return s.arrive()
}

// unread says why a page could not be read. Where the files changed meanwhile, everything is read again.
func (s *Screen) unread(err error, p page) tea.Cmd {
	s.table.Failed()
	if errors.Is(err, records.ErrChanged) && !p.fresh {
		return s.reload()
	}
	s.err = err
	return nil
}

// show goes to a record that another place names.
func (s *Screen) show(msg ui.ShowRecord) tea.Cmd {
	var cmd tea.Cmd
	if msg.ObjectType != "" && msg.ObjectType != s.at {
		s.at, s.columns = msg.ObjectType, nil
		s.table.Unmark()
	}
	s.want, s.split.Focus = msg.ID, 1
	if s.filter.Active() != "" {
		s.filter.Clear()
	}
	if len(s.objects) == 0 {
		cmd = s.loadObjects()
	} else {
		cmd = s.restart()
	}
	return cmd
}

// arrive puts the cursor on the record that was asked for; one that is not on the first page is looked for by its id.
func (s *Screen) arrive() tea.Cmd {
	if s.want == "" {
		return nil
	}
	id := s.want
	if s.table.Select(id) {
		s.want = ""
		return nil
	}
	if s.filter.Active() == "id:"+id || s.filter.Active() == `id:"`+id+`"` {
		s.want, s.split.Focus = "", 0
		return ui.Note("There is no record " + id + " among the " + s.plural() + ".")
	}
	s.filter.Text, s.filter.On = `id:"`+id+`"`, true
	return s.restart()
}

// chosen are the ids of the marked records, or of the one under the cursor.
func (s *Screen) chosen() []string {
	if marked := s.table.Marked(); len(marked) > 0 {
		return slices.Clone(marked)
	}
	if r, ok := s.table.Selected(); ok {
		return []string{r.rec.ID}
	}
	return nil
}
