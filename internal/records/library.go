package records

import (
	"context"
	"sort"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// Library holds the records that enrolled records are associated with, in memory. It does not change after loading, so
// any number of goroutines may read it.
type Library struct {
	byID    map[recordKey]*hubspot.Record
	reverse map[backKey][]backReference
}

type recordKey struct{ objectType, id string }

// backKey asks: which records of one type say that they are associated with this record?
type backKey struct{ fromType, toType, toID string }

type backReference struct {
	record *hubspot.Record
	kind   hubspot.AssociationType
}

// LoadLibrary reads the files of all given object types, by object type name, into memory. Names of properties that no
// definition covers are read as text. The library is never nil; do not run with it when the problems hold an error.
func LoadLibrary(ctx context.Context, schema hubspot.Schema, files map[string][]File, users []hubspot.User) (*Library, source.Problems) {
	l := &Library{byID: map[recordKey]*hubspot.Record{}, reverse: map[backKey][]backReference{}}
	types := make([]string, 0, len(files))
	for t := range files {
		types = append(types, t)
	}
	sort.Strings(types)
	var problems source.Problems
	for _, t := range types {
		_, found := scan(ctx, t, files[t], Options{Properties: schema.Of(t), Users: users}, func(r *row) { l.add(r.record(t)) })
		problems = append(problems, found...)
	}
	return l, problems
}

func (l *Library) add(rec *hubspot.Record) {
	l.byID[recordKey{rec.ObjectType, rec.ID}] = rec
	for _, a := range rec.Associations {
		key := backKey{rec.ObjectType, a.ObjectType, a.RecordID}
		l.reverse[key] = append(l.reverse[key], backReference{rec, a.Type()})
	}
}

// Get finds a record, nil when the library has none of that id.
func (l *Library) Get(objectType, id string) *hubspot.Record {
	if l == nil {
		return nil
	}
	return l.byID[recordKey{objectType, id}]
}

// Associated returns the records of toType that rec is associated with: those rec names itself, in its file's order,
// then those whose own file names rec, in theirs; each once, and only those the library has. typeID asks for one
// association type from rec's type to toType: 0 and HubSpot's default one take every association, the primary one takes
// what is marked primary, or the first one where nothing is marked; any other takes exactly its own, of its category.
func (l *Library) Associated(rec *hubspot.Record, toType string, kind hubspot.AssociationType) []*hubspot.Record {
	if l == nil || rec == nil {
		return nil
	}
	q := query{
		from: rec, kind: kind, seen: map[string]bool{},
		standard: hubspot.DefaultAssociationType(rec.ObjectType, toType),
		primary:  kind.ID != 0 && !kind.Own() && kind.ID == hubspot.PrimaryAssociationType(rec.ObjectType, toType),
		company:  toType == "company",
	}
	for _, a := range rec.Associations {
		if a.ObjectType == toType {
			q.visit(l.Get(toType, a.RecordID), a.Type())
		}
	}
	for _, b := range l.reverse[backKey{toType, rec.ObjectType, rec.ID}] {
		q.visit(b.record, turned(b.kind, toType, rec.ObjectType))
	}
	if len(q.out) == 0 && q.primary && q.company && q.unmarked != nil {
		return []*hubspot.Record{q.unmarked}
	}
	return q.out
}

// query is one question for associated records, being answered.
type query struct {
	from             *hubspot.Record
	kind             hubspot.AssociationType
	standard         int  // HubSpot's default association type
	primary, company bool // asks for the primary association; asks for companies
	out              []*hubspot.Record
	unmarked         *hubspot.Record // the first one that no special type singles out
	seen             map[string]bool
}

func (q *query) visit(other *hubspot.Record, kind hubspot.AssociationType) {
	if other == nil {
		return
	}
	if q.unmarked == nil && !kind.Own() && (kind.ID == 0 || kind.ID == q.standard) {
		q.unmarked = other
	}
	if !q.seen[other.ID] && q.wants(other, kind) {
		q.seen[other.ID] = true
		q.out = append(q.out, other)
	}
}

func (q *query) wants(other *hubspot.Record, kind hubspot.AssociationType) bool {
	switch {
	case q.kind.ID == 0 || !q.kind.Own() && q.kind.ID == q.standard:
		return true
	case q.kind.ID == kind.ID && q.sameCategory(kind):
		return true
	}
	return q.primary && !q.company && hasPrimary(other, q.from)
}

// sameCategory compares the categories of two types with the same id. Where nobody said the category, HubSpot's own ids
// are HubSpot's, and any other id may be either's.
func (q *query) sameCategory(kind hubspot.AssociationType) bool {
	if q.kind.Category == "" || kind.Category == "" {
		_, known := hubspot.AssociatedObjectType(q.from.ObjectType, kind.ID)
		return !known || q.kind.Own() == kind.Own()
	}
	return q.kind.Category == kind.Category
}

// hasPrimary tells whether company is the primary one of rec, which is the one marked so, else the first.
func hasPrimary(rec, company *hubspot.Record) bool {
	mark := hubspot.PrimaryAssociationType(rec.ObjectType, company.ObjectType)
	first := ""
	for _, a := range rec.Associations {
		switch {
		case a.ObjectType != company.ObjectType:
		case a.TypeID == mark && !a.Type().Own():
			return a.RecordID == company.ID
		case first == "":
			first = a.RecordID
		}
	}
	return first == company.ID || first == ""
}

// turned gives the association type of the other direction. Ids that are not HubSpot's own name both directions.
func turned(kind hubspot.AssociationType, from, to string) hubspot.AssociationType {
	if kind.ID == 0 || kind.Own() {
		return kind
	}
	companies := from == "company" && to == "company"
	switch {
	case kind.ID == hubspot.DefaultAssociationType(from, to):
		kind.ID = hubspot.DefaultAssociationType(to, from)
	case kind.ID == hubspot.PrimaryAssociationType(from, to):
		kind.ID = hubspot.PrimaryAssociationType(to, from)
	case companies && kind.ID == hubspot.ChildToParentCompany:
		kind.ID = hubspot.ParentToChildCompany
	case companies && kind.ID == hubspot.ParentToChildCompany:
		kind.ID = hubspot.ChildToParentCompany
	}
	return kind
}
