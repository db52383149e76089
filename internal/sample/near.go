package sample

import (
	"context"
	"io"
	"maps"
	"slices"

	"askflow/internal/hubspot"
	"askflow/internal/mask"
)

// recordKey names a record.
type recordKey struct{ objectType, id string }

// neighbours are the records that the chosen ones are associated with.
type neighbours struct {
	byType map[string][]*hubspot.Record
	byKey  map[recordKey]*hubspot.Record
	// naming are the records whose own files name a chosen one.
	naming map[recordKey][]*hubspot.Record
	// full tells that there were more than are looked at.
	full  bool
	count int
}

// associated reads the records that the chosen ones name, and those of other types that name a chosen one.
func (w *work) associated(ctx context.Context) error {
	n := &neighbours{byType: map[string][]*hubspot.Record{}, byKey: map[recordKey]*hubspot.Record{}, naming: map[recordKey][]*hubspot.Record{}}
	w.near = n
	chosen, wanted := map[recordKey]bool{}, map[recordKey]bool{}
	own := false
	for _, rec := range w.chosen {
		chosen[recordKey{rec.ObjectType, rec.ID}] = true
	}
	for _, rec := range w.chosen {
		for _, a := range rec.Associations {
			key := recordKey{a.ObjectType, a.RecordID}
			wanted[key] = !chosen[key]
			own = own || a.ObjectType == w.ObjectType && !chosen[key]
		}
	}
	for _, rec := range w.chosen {
		n.byKey[recordKey{rec.ObjectType, rec.ID}] = rec
	}
	look := func(_ int64, rec *hubspot.Record) error {
		key := recordKey{rec.ObjectType, rec.ID}
		keep := wanted[key]
		for _, a := range rec.Associations {
			other := recordKey{a.ObjectType, a.RecordID}
			if chosen[other] && !chosen[key] {
				keep = true
				n.naming[other] = append(n.naming[other], rec)
			}
		}
		if keep {
			n.byKey[key] = rec
			n.byType[rec.ObjectType] = append(n.byType[rec.ObjectType], rec)
			n.count++
		}
		if n.count >= maxAssociated {
			n.full = true
			return io.EOF
		}
		return nil
	}
	for _, objectType := range slices.Sorted(maps.Keys(w.Others)) {
		if objectType == w.ObjectType {
			continue
		}
		if err := w.each(ctx, objectType, w.Others[objectType], look); err != nil {
			return err
		}
	}
	if !own {
		return nil
	}
	return w.each(ctx, w.ObjectType, w.Files, look)
}

// of are the records that one is associated with, each once.
func (n *neighbours) of(rec *hubspot.Record) []*hubspot.Record {
	var out []*hubspot.Record
	seen := map[*hubspot.Record]bool{rec: true}
	add := func(other *hubspot.Record) {
		if other != nil && !seen[other] && len(out) < 200 {
			seen[other] = true
			out = append(out, other)
		}
	}
	for _, a := range rec.Associations {
		add(n.byKey[recordKey{a.ObjectType, a.RecordID}])
	}
	for _, other := range n.naming[recordKey{rec.ObjectType, rec.ID}] {
		add(other)
	}
	return out
}

// written are the records that are written beside the chosen ones: those of other types.
func (n *neighbours) written(except string) []*hubspot.Record {
	var out []*hubspot.Record
	for _, objectType := range slices.Sorted(maps.Keys(n.byType)) {
		if objectType != except {
			out = append(out, n.byType[objectType]...)
		}
	}
	return out
}

// all are all of them.
func (n *neighbours) all() []*hubspot.Record { return n.written("") }

// properties are those that the records of a type carry, with what their values look like.
func (n *neighbours) properties(objectType string, defined *hubspot.Properties) ([]hubspot.Property, map[string]*mask.Profile) {
	var out []hubspot.Property
	profiles := map[string]*mask.Profile{}
	for _, rec := range n.byType[objectType] {
		for _, name := range rec.PropertyNames() {
			if profiles[name] == nil {
				profiles[name] = mask.NewProfile()
				p, ok := defined.Get(name)
				if !ok {
					p = hubspot.Property{Name: name, Label: name, Type: hubspot.TypeString, Inferred: true, Custom: true}
				}
				out = append(out, p)
			}
			profiles[name].Add(rec.Get(name))
		}
	}
	return out, profiles
}
