package local

import (
	"cmp"
	"context"
	"maps"
	"path/filepath"
	"slices"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/service"
)

// recordsOf is service.Records.
type recordsOf struct{ l *Local }

var _ service.Records = recordsOf{}

// soonCounted is how many bytes of records are counted at once; more are counted in the background.
const soonCounted = 4 << 20

// Objects lists the object types that have records. Counts of large files come later: EventPortal tells when.
func (r recordsOf) Objects(ctx context.Context) ([]*service.ObjectInfo, error) {
	s, err := r.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	out := []*service.ObjectInfo{}
	later := []*records.Pager{}
	for _, t := range objectTypes(s.e.Portal.RecordFiles) {
		o := &service.ObjectInfo{Type: t, Files: []string{}}
		for _, f := range s.e.Portal.RecordFiles[t.Name] {
			o.Files = append(o.Files, f.Path)
			o.Bytes += stampOf(filepath.Join(s.e.Portal.Dir, filepath.FromSlash(f.Path))).size
		}
		pager, err := s.e.RecordPages(t.Name)
		if err != nil {
			return nil, problem(err)
		}
		if o.Count = pager.Count(); o.Count < 0 && o.Bytes <= soonCounted {
			_, _ = pager.CountAll(ctx) // what cannot be read, looking at the records says
			o.Count = pager.Count()
		}
		if o.Count < 0 {
			later = append(later, pager)
		}
		out = append(out, o)
	}
	if len(later) > 0 {
		s.counting.Do(func() { r.l.spawn(func(all context.Context) { r.count(all, later) }) })
	}
	return out, ctx.Err()
}

// objectTypes are the types that have files: HubSpot's own first, as it lists them.
func objectTypes(files map[string][]records.File) []hubspot.ObjectType {
	order := hubspot.ObjectTypeNames()
	place := func(name string) int {
		if at := slices.Index(order, name); at >= 0 {
			return at
		}
		return len(order)
	}
	names := slices.SortedFunc(maps.Keys(files), func(a, b string) int { return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b)) })
	var out []hubspot.ObjectType
	for _, name := range names {
		if t, ok := hubspot.LookupObjectType(name); ok {
			out = append(out, t)
		}
	}
	return out
}

// count counts large files.
func (r recordsOf) count(ctx context.Context, pagers []*records.Pager) {
	for _, p := range pagers {
		if _, err := p.CountAll(ctx); err != nil && ctx.Err() != nil {
			return
		}
	}
	r.l.hub.publish(service.Event{Kind: service.EventPortal})
}

// Columns are the properties that the files carry.
func (r recordsOf) Columns(ctx context.Context, objectType string) ([]hubspot.Property, error) {
	pager, _, err := r.pager(ctx, objectType)
	if err != nil {
		return nil, err
	}
	columns, _ := pager.Columns(ctx)
	if columns == nil {
		columns = []hubspot.Property{}
	}
	return columns, ctx.Err()
}

func (r recordsOf) pager(ctx context.Context, objectType string) (*records.Pager, *snapshot, error) {
	s, err := r.l.portal(ctx)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.e.RecordPages(objectType)
	return p, s, problem(err)
}

// Page reads records.
func (r recordsOf) Page(ctx context.Context, q service.RecordQuery) (*service.RecordPage, error) {
	pager, s, err := r.pager(ctx, q.ObjectType)
	if err != nil {
		return nil, err
	}
	query := records.PageQuery{Limit: q.Limit, Backwards: q.Backwards, Scan: q.Scan}
	if q.Filter != "" {
		if query.Filter, err = s.e.Matches(q.Filter); err != nil {
			return nil, problem(err)
		}
	}
	switch {
	case q.From != nil:
		query.From = *q.From
	case q.Backwards:
		if query.From, err = pager.At(ctx, pager.Known()); err != nil {
			return nil, problem(err)
		}
	}
	page, err := pager.Page(ctx, query)
	if err != nil && len(page.Records) == 0 { // else the next page begins with what is wrong
		return nil, problem(err)
	}
	out := &service.RecordPage{Records: page.Records, At: page.At, Scanned: int64(page.Scanned)}
	if out.Records == nil {
		out.Records = []*hubspot.Record{}
	}
	if q.Backwards {
		if page.More {
			out.Prev = &page.Prev
		}
		if q.From != nil || pager.Count() < 0 {
			out.Next = &page.Next
		}
		return out, nil
	}
	if page.More {
		out.Next = &page.Next
	}
	if page.Start.Place > 0 {
		out.Prev = &page.Prev
	}
	return out, nil
}

// Record reads one record.
func (r recordsOf) Record(ctx context.Context, objectType, id string) (*service.RecordView, error) {
	s, err := r.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	rec, err := s.e.Record(ctx, objectType, id)
	if err != nil {
		return nil, problem(err)
	}
	out := &service.RecordView{Record: rec, Properties: []service.PropertyValue{}, Associations: []service.Associated{}}
	var empty []service.PropertyValue
	for _, p := range s.columnsOf(rec) {
		v := service.PropertyValue{Property: p, Value: rec.Get(p.Name)}
		if v.Value == "" {
			empty = append(empty, v)
			continue
		}
		out.Properties = append(out.Properties, v)
	}
	out.Properties = append(out.Properties, empty...)
	found, err := s.e.Associations(ctx, rec)
	if err != nil {
		return nil, problem(err)
	}
	for _, a := range found {
		out.Associations = append(out.Associations, service.Associated(a))
	}
	return out, nil
}

// columnsOf are the columns of the files, and what else the record holds.
func (s *snapshot) columnsOf(rec *hubspot.Record) []hubspot.Property {
	columns := s.e.Columns(rec.ObjectType)
	seen := map[string]bool{}
	for _, c := range columns {
		seen[c.Name] = true
	}
	set := s.e.Portal.Schema.Of(rec.ObjectType)
	for _, name := range rec.PropertyNames() {
		if seen[name] {
			continue
		}
		p, ok := set.Get(name)
		if !ok {
			p = hubspot.Property{Name: name, Label: name, Type: hubspot.TypeString, Custom: true, Inferred: true}
		}
		columns = append(columns, p)
	}
	return columns
}

// Explain says why workflows would or would not enroll a record.
func (r recordsOf) Explain(ctx context.Context, objectType, id string) ([]*service.Explanation, error) {
	s, err := r.l.portal(ctx)
	if err != nil {
		return nil, err
	}
	rec, err := s.e.Record(ctx, objectType, id)
	if err != nil {
		return nil, problem(err)
	}
	found, err := s.e.Explain(ctx, rec)
	if err != nil {
		return nil, problem(err)
	}
	out := []*service.Explanation{}
	for _, x := range found {
		e := &service.Explanation{File: x.File, Name: x.Name, Enrolls: x.Enrolls, Reason: x.Reason, Problem: x.Problem}
		for _, part := range x.Sections {
			section := service.ExplainSection{Title: part.Title, OK: part.OK, Groups: [][]service.ExplainCondition{}}
			for _, g := range part.Groups {
				group := []service.ExplainCondition{}
				for _, c := range g {
					group = append(group, service.ExplainCondition(c))
				}
				section.Groups = append(section.Groups, group)
			}
			e.Sections = append(e.Sections, section)
		}
		out = append(out, e)
	}
	return out, nil
}

// Check looks through all records of an object type.
func (r recordsOf) Check(ctx context.Context, objectType string) (*service.RecordCheck, error) {
	pager, s, err := r.pager(ctx, objectType)
	if err != nil {
		return nil, err
	}
	summary, problems, err := s.e.Scan(ctx, pager.ObjectType())
	if err != nil {
		return nil, problem(err)
	}
	return &service.RecordCheck{Count: int64(summary.Records), Problems: problems}, nil
}
