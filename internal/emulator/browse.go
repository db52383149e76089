package emulator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

// browsing is what an Emulator keeps to show records and to explain enrollments without reading the files again.
type browsing struct {
	mu     sync.Mutex
	pagers map[string]*records.Pager // by object type

	// turn is taken by whoever loads or reads what is below; it can be waited for with a context.
	turn chan struct{}
	// stamp tells which version of the records files it was made from.
	stamp string
	// schema is the portal's with the properties that the files bring; whole tells that the files were read to their ends
	// for it.
	schema hubspot.Schema
	whole  bool
	names  *records.Names
	// explain is by the enrolled object type.
	explain map[string]*explainers
}

func newBrowsing() *browsing {
	return &browsing{pagers: map[string]*records.Pager{}, turn: make(chan struct{}, 1)}
}

// begin waits for its turn, and forgets what was made from other versions of the files. end gives the turn back.
func (b *browsing) begin(ctx context.Context, e *Emulator) (end func(), err error) {
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	end = func() { <-b.turn }
	var files []records.File
	for _, t := range slices.Sorted(maps.Keys(e.Portal.RecordFiles)) {
		files = append(files, e.Portal.RecordFiles[t]...)
	}
	if stamp := records.StampOf(files); b.schema == nil || stamp != b.stamp {
		b.stamp, b.whole, b.names, b.explain = stamp, false, nil, map[string]*explainers{}
		b.schema = cloneSchema(e.Portal.Schema)
		for t := range e.Portal.RecordFiles {
			columns, _ := e.pager(t).Columns(ctx)
			addInferred(b.schema, t, columns)
		}
	}
	if err := ctx.Err(); err != nil { // columns may be missing
		b.schema = nil
		end()
		return nil, err
	}
	return end, nil
}

// addInferred adds the properties to a schema that no definition covers.
func addInferred(schema hubspot.Schema, objectType string, columns []hubspot.Property) {
	var properties *hubspot.Properties
	for _, c := range columns {
		if !c.Inferred {
			continue
		}
		if properties == nil {
			properties = cloneProperties(schema, objectType)
		}
		properties.Add(c)
	}
	if properties != nil {
		schema[objectType] = properties
	}
}

// pager is the one for an object type's files.
func (e *Emulator) pager(objectType string) *records.Pager {
	e.browsing.mu.Lock()
	defer e.browsing.mu.Unlock()
	p := e.browsing.pagers[objectType]
	if p == nil {
		p = records.NewPager(objectType, e.Portal.RecordFiles[objectType], records.Options{Properties: e.Portal.Schema.Of(objectType), Users: e.Portal.Users})
		e.browsing.pagers[objectType] = p
	}
	return p
}

// RecordPages shows the records of an object type in pages, as EachRecord gives them, reading no more than the pages.
// objectType is a name, a plural or an id; a type without files has no records. What is wrong further on in the files is
// for Scan to say. Each call for a type gives the same Pager, which has learned from all of them.
func (e *Emulator) RecordPages(objectType string) (*records.Pager, error) {
	t, err := knownType(objectType)
	if err != nil {
		return nil, err
	}
	return e.pager(t.Name), nil
}

func knownType(objectType string) (hubspot.ObjectType, error) {
	t, ok := hubspot.LookupObjectType(objectType)
	if !ok {
		hint := "the object types are " + strings.Join(hubspot.ObjectTypeNames(), ", ") + ", and ids such as 2-123"
		if near := source.Nearest(objectType, hubspot.ObjectTypeNames()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return t, usage("unknown_object_type", hint, "%q is no object type", objectType)
	}
	return t, nil
}

// Record reads one record. Its files are read up to it.
func (e *Emulator) Record(ctx context.Context, objectType, id string) (*hubspot.Record, error) {
	t, err := knownType(objectType)
	if err != nil {
		return nil, err
	}
	rec, _, err := e.pager(t.Name).Find(ctx, id)
	if err == nil && rec == nil {
		err = usage("unknown_record", "emulator records list "+t.Plural+" shows those there are", "the portal has no %s %q", t.Name, id)
	}
	return rec, err
}

// Columns are the properties that the records files of an object type carry, in their order: the columns of CSV files, and
// what the first records of JSON files hold. Those that no definition covers are Inferred.
func (e *Emulator) Columns(objectType string) []hubspot.Property {
	t, err := knownType(objectType)
	if err != nil {
		return nil
	}
	columns, _ := e.pager(t.Name).Columns(context.Background()) // a header, or a hundred records
	return columns
}

// Associated is a record that another one is associated with.
type Associated struct {
	ObjectType string `json:"objectType"`
	ID         string `json:"id"`
	// Name is what people call the record, "" when it has no name or is Missing.
	Name string `json:"name,omitempty"`
	// Label says which association it is, "Primary" or a label of the portal's own; "" for the plain one. Several are joined
	// by commas.
	Label string `json:"label,omitempty"`
	// Missing tells that the portal's files have no such record.
	Missing bool `json:"missing,omitempty"`
}

// Associations are the records that a record is associated with: those it names itself, then those that name it. The first
// call reads all records files, and keeps ids, names and associations until the files change.
func (e *Emulator) Associations(ctx context.Context, rec *hubspot.Record) ([]Associated, error) {
	b := e.browsing
	end, err := b.begin(ctx, e)
	if err != nil {
		return nil, err
	}
	defer end()
	if b.names == nil {
		names, problems := records.LoadNames(ctx, b.schema, e.Portal.RecordFiles, e.Portal.Users)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if problems.HasErrors() {
			return nil, invalid("the records", problems)
		}
		b.names = names
	}
	out := []Associated{}
	for _, l := range b.names.Links(rec, slices.Sorted(maps.Keys(e.Portal.RecordFiles))) {
		a := Associated{ObjectType: l.ObjectType, ID: l.ID, Label: strings.Join(l.Labels, ", "), Missing: l.Missing}
		if l.Name != l.ID {
			a.Name = l.Name
		}
		out = append(out, a)
	}
	return out, nil
}
