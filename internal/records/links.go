package records

import (
	"strings"

	"askflow/internal/hubspot"
)

// Link is a record that another one is associated with.
type Link struct {
	ObjectType string
	ID         string
	// Name is what people call the record, its id when it has no other name, "" when it is Missing.
	Name string
	// Missing tells that the files have no such record.
	Missing bool
	// Labels say which associations there are, each once: "Primary", "Parent company", a label of the portal's own. None
	// are there for the plain association.
	Labels []string
}

// Links are the records that rec is associated with: those that it names itself, in its file's order, then those of the
// given object types that name it. Each comes once. rec need not be among the records whose names were read.
func (n *Names) Links(rec *hubspot.Record, objectTypes []string) []Link {
	if n == nil || rec == nil {
		return nil
	}
	q := linkQuery{names: n, rec: rec, at: map[recordKey]int{}, labelled: map[linkLabel]bool{}}
	for _, a := range rec.Associations {
		q.visit(recordKey{a.ObjectType, a.RecordID}, a.Type(), a.Label)
	}
	theirs := n.byType(n.linksTo(rec))
	for _, t := range objectTypes {
		q.theirs(t, theirs[t])
	}
	return q.out
}

// linkQuery is one question for links, being answered.
type linkQuery struct {
	names    *Names
	rec      *hubspot.Record
	out      []Link
	at       map[recordKey]int // in out
	labelled map[linkLabel]bool
}

// linkLabel is a label of a link in linkQuery.out.
type linkLabel struct {
	at    int
	label string
}

func (q *linkQuery) visit(key recordKey, kind hubspot.AssociationType, label string) {
	i, seen := q.at[key]
	if !seen {
		i = len(q.out)
		q.at[key] = i
		name, found := q.names.name(key)
		q.out = append(q.out, Link{ObjectType: key.objectType, ID: key.id, Name: name, Missing: !found})
	}
	if label == "" {
		label = kindLabel(q.rec.ObjectType, key.objectType, kind)
	}
	if mark := (linkLabel{i, label}); label != "" && !q.labelled[mark] {
		q.labelled[mark] = true
		q.out[i].Labels = append(q.out[i].Labels, label)
	}
}

// theirs visits the records of one type that name the record.
func (q *linkQuery) theirs(objectType string, links []link) {
	for start := 0; start < len(links); {
		end := start + 1
		for ; end < len(links) && links[end].from == links[start].from; end++ {
		}
		from := recordKey{objectType, q.names.nodes.at(int(links[start].from)).id(q.names)}
		labels := q.names.labels(links[start:end])
		for _, l := range links[start:end] {
			kind := q.names.kinds[l.kind].AssociationType
			q.visit(from, turned(kind, objectType, q.rec.ObjectType), labels(kind))
		}
		start = end
	}
}

// labels gives the label that each association type has among one record's links to another one: where several say one,
// the last.
func (n *Names) labels(links []link) func(hubspot.AssociationType) string {
	if len(links) == 1 {
		return func(hubspot.AssociationType) string { return n.kinds[links[0].kind].label }
	}
	last := map[hubspot.AssociationType]string{}
	for _, l := range links {
		if k := n.kinds[l.kind]; k.label != "" {
			last[k.AssociationType] = k.label
		}
	}
	return func(kind hubspot.AssociationType) string { return last[kind] }
}

// byType divides links by the object types they come from. They stand one type after the other, since files are read so.
func (n *Names) byType(links []link) map[string][]link {
	out := map[string][]link{}
	for start := 0; start < len(links); {
		t := n.nodes.at(int(links[start].from)).objectType
		end := start + 1
		for ; end < len(links) && n.nodes.at(int(links[end].from)).objectType == t; end++ {
		}
		out[n.types[t]] = links[start:end]
		start = end
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
