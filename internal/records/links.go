package records

import (
	"context"
	"slices"
	"sort"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// LoadNames is LoadLibrary for showing what is associated with what: of every record it keeps the id, the properties that
// name it and its associations, and nothing else.
func LoadNames(ctx context.Context, schema hubspot.Schema, files map[string][]File, users []hubspot.User) (*Library, source.Problems) {
	l := &Library{byID: map[recordKey]*hubspot.Record{}, reverse: map[backKey][]backReference{}}
	types := make([]string, 0, len(files))
	for t := range files {
		types = append(types, t)
	}
	sort.Strings(types)
	var problems source.Problems
	for _, t := range types {
		n := namer{objectType: t}
		_, found := scan(ctx, t, files[t], Options{Properties: schema.Of(t), Users: users}, func(r *row) { l.add(n.record(r)) })
		problems = append(problems, found...)
	}
	return l, problems
}

// namer makes records of the properties that name them.
type namer struct {
	objectType string
	of         *hubspot.Columns // the file's columns that from and columns were made for
	from       []int
	columns    *hubspot.Columns
}

func (n *namer) record(r *row) *hubspot.Record {
	if n.of != r.columns {
		n.of, n.from = r.columns, nil
		var names []string
		t, _ := hubspot.LookupObjectType(n.objectType)
		for _, name := range slices.Concat(t.DisplayProperties...) {
			if i, ok := r.columns.Index(name); ok && !slices.Contains(names, name) {
				names, n.from = append(names, name), append(n.from, i)
			}
		}
		n.columns = hubspot.NewColumns(names)
	}
	values := make([]string, len(n.from))
	for i, at := range n.from {
		start := 0
		if at > 0 {
			start = r.ends[at-1]
		}
		values[i] = string(r.text[start:r.ends[at]])
	}
	rec := hubspot.NewRecord(n.objectType, string(r.idBytes()), n.columns, values)
	rec.Associations = slices.Clone(r.associations)
	for _, c := range r.cells {
		rec.Associations = appendAssociations(rec.Associations, string(r.text[c.start:c.end]), c.to)
	}
	return rec
}

// Link is a record that another one is associated with.
type Link struct {
	ObjectType string
	ID         string
	// Record is nil when the library has none of that id.
	Record *hubspot.Record
	// Labels say which associations there are, each once: "Primary", "Parent company", a label of the portal's own. None
	// are there for the plain association.
	Labels []string
}

// Links are the records that rec is associated with: those that it names itself, in its file's order, then those of the
// given object types that name it. Each comes once.
func (l *Library) Links(rec *hubspot.Record, objectTypes []string) []Link {
	if l == nil || rec == nil {
		return nil
	}
	var out []Link
	at := map[recordKey]int{}
	visit := func(key recordKey, kind hubspot.AssociationType, label string) {
		i, seen := at[key]
		if !seen {
			i = len(out)
			at[key] = i
			out = append(out, Link{ObjectType: key.objectType, ID: key.id, Record: l.byID[key]})
		}
		if label == "" {
			label = kindLabel(rec.ObjectType, key.objectType, kind)
		}
		if label != "" && !slices.Contains(out[i].Labels, label) {
			out[i].Labels = append(out[i].Labels, label)
		}
	}
	for _, a := range rec.Associations {
		visit(recordKey{a.ObjectType, a.RecordID}, a.Type(), a.Label)
	}
	for _, t := range objectTypes {
		for _, b := range l.reverse[backKey{t, rec.ObjectType, rec.ID}] {
			label := ""
			for _, a := range b.record.Associations {
				if a.ObjectType == rec.ObjectType && a.RecordID == rec.ID && a.Type() == b.kind && a.Label != "" {
					label = a.Label
				}
			}
			visit(recordKey{t, b.record.ID}, turned(b.kind, t, rec.ObjectType), label)
		}
	}
	return out
}

// kindLabel is what HubSpot calls an association of a type that is not the plain one.
func kindLabel(from, to string, kind hubspot.AssociationType) string {
	switch {
	case kind.ID == 0 || !kind.Own() && kind.ID == hubspot.DefaultAssociationType(from, to):
		return ""
	case kind.Own():
		return kind.String()
	case from == "company" && to == "company" && kind.ID == hubspot.ChildToParentCompany:
		return "Parent company"
	case from == "company" && to == "company" && kind.ID == hubspot.ParentToChildCompany:
		return "Child company"
	case kind.ID == hubspot.PrimaryAssociationType(from, to):
		return "Primary"
	}
	return strings.TrimSpace("association type " + kind.String())
}
