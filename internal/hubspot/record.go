package hubspot

import (
	"sort"
	"strconv"
	"strings"
)

// Columns are the property names that records of one file share, so that a million records hold their names once.
type Columns struct {
	Names []string
	index map[string]int
}

// NewColumns makes a column set from internal property names.
func NewColumns(names []string) *Columns {
	c := &Columns{Names: names, index: make(map[string]int, len(names))}
	for i, n := range names {
		c.index[n] = i
	}
	return c
}

// Index finds a column.
func (c *Columns) Index(name string) (int, bool) {
	i, ok := c.index[name]
	return i, ok
}

// Record is one CRM record as it was read. An empty value is the same as no value. Records are never changed after
// reading; what a workflow sets lies in the enrollment's own overlay.
type Record struct {
	ObjectType   string // object type name, "contact"
	ID           string
	Associations []Association
	// Line is where the record starts in its file, 0 when unknown.
	Line int

	columns *Columns
	values  []string
}

// NewRecord makes a record over shared columns; values has one entry a column.
func NewRecord(objectType, id string, columns *Columns, values []string) *Record {
	return &Record{ObjectType: objectType, ID: id, columns: columns, values: values}
}

// NewRecordFromMap makes a record that owns its columns, for tests and created records.
func NewRecordFromMap(objectType, id string, properties map[string]string) *Record {
	names := make([]string, 0, len(properties))
	for n := range properties {
		names = append(names, n)
	}
	sort.Strings(names)
	values := make([]string, len(names))
	for i, n := range names {
		values[i] = properties[n]
	}
	return NewRecord(objectType, id, NewColumns(names), values)
}

// Get returns a property's value, "" when the record has none.
func (r *Record) Get(name string) string {
	if r == nil {
		return ""
	}
	if name == "hs_object_id" {
		return r.ID
	}
	if i, ok := r.columns.index[name]; ok && i < len(r.values) {
		return r.values[i]
	}
	return ""
}

// PropertyNames lists the properties the record's file carries, in file order.
func (r *Record) PropertyNames() []string { return r.columns.Names }

// Name is what people call the record: a contact's first and last name, a company's name; its id when it has none.
func (r *Record) Name() string {
	t, _ := LookupObjectType(r.ObjectType)
	for _, group := range t.DisplayProperties {
		var parts []string
		for _, p := range group {
			if v := strings.TrimSpace(r.Get(p)); v != "" {
				parts = append(parts, v)
			}
		}
		if len(parts) > 0 {
			return strings.Join(parts, " ")
		}
	}
	return r.ID
}

// Association links a record to another.
type Association struct {
	ObjectType string `json:"objectType"` // of the other record
	RecordID   string `json:"recordId"`
	// Category and TypeID say which association; empty and 0 mean the default one between the two types.
	Category string `json:"-"`
	TypeID   int    `json:"-"`
	Label    string `json:"-"`
}

// Default association type ids from one object type to another (HUBSPOT_DEFINED), the primary ones second.
var defaultAssociations = map[[2]string][]int{
	{"contact", "company"}: {279, 1}, {"company", "contact"}: {280, 2},
	{"contact", "deal"}: {4}, {"deal", "contact"}: {3},
	{"deal", "company"}: {341, 5}, {"company", "deal"}: {342, 6},
	{"contact", "ticket"}: {15}, {"ticket", "contact"}: {16},
	{"ticket", "company"}: {339, 26}, {"company", "ticket"}: {340, 25},
	{"ticket", "deal"}: {28}, {"deal", "ticket"}: {27},
	{"task", "contact"}: {204, 10}, {"task", "company"}: {192}, {"task", "deal"}: {216}, {"task", "ticket"}: {230},
	{"contact", "task"}: {203}, {"company", "task"}: {191}, {"deal", "task"}: {215}, {"ticket", "task"}: {229},
	{"contact", "contact"}: {449}, {"company", "company"}: {450, ChildToParentCompany, ParentToChildCompany},
	{"deal", "deal"}: {451}, {"ticket", "ticket"}: {452},
}

// HubSpot's two association types of a company hierarchy: from the child to its parent, and back.
const (
	ChildToParentCompany = 14
	ParentToChildCompany = 13
)

// HubSpotDefined is the category of the association types that every portal has.
const HubSpotDefined = "HUBSPOT_DEFINED"

// AssociationType names one type of association between two object types. Ids of different categories overlap: 1 is the
// primary company in HubSpot's own types and may be any label among a portal's.
type AssociationType struct {
	Category string // HUBSPOT_DEFINED, USER_DEFINED, INTEGRATOR_DEFINED; empty where nobody said
	ID       int    // 0 is any type
}

// Type is the association's type.
func (a Association) Type() AssociationType { return AssociationType{a.Category, a.TypeID} }

// Own tells whether the type is a label of the portal's or of an app's own, whose meaning no file holds.
func (t AssociationType) Own() bool { return t.Category != "" && t.Category != HubSpotDefined }

// LeadsTo tells which object type the association leads to from another, as far as that is known here.
func (t AssociationType) LeadsTo(from string) (string, bool) {
	if t.Own() {
		return "", false
	}
	return AssociatedObjectType(from, t.ID)
}

// String is the type as messages write it: "USER_DEFINED 33", or the bare id where nobody said the category.
func (t AssociationType) String() string {
	return strings.TrimSpace(t.Category + " " + strconv.Itoa(t.ID))
}

// DefaultAssociationType returns the HubSpot-defined association type id from one object type to another, 0 where
// none is known.
func DefaultAssociationType(from, to string) int {
	if ids := defaultAssociations[[2]string{from, to}]; len(ids) > 0 {
		return ids[0]
	}
	return 0
}

// AssociatedObjectType tells which object type an association type id of an object type leads to.
func AssociatedObjectType(from string, typeID int) (string, bool) {
	for pair, ids := range defaultAssociations {
		if pair[0] != from {
			continue
		}
		for _, id := range ids {
			if id == typeID {
				return pair[1], true
			}
		}
	}
	return "", false
}
