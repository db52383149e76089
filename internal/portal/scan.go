package portal

import (
	"context"
	"maps"
	"slices"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

// Scan reads every records file once: sums, counts, structural errors, and the properties that no definition covers.
// The schema is the portal's with those properties added; hand it to the checks and to the run. Summaries are by object
// type name.
func (p *Portal) Scan(ctx context.Context) (map[string]*records.Summary, hubspot.Schema, source.Problems) {
	summaries := map[string]*records.Summary{}
	schema := maps.Clone(p.Schema)
	var problems source.Problems
	for _, objectType := range slices.Sorted(maps.Keys(p.RecordFiles)) {
		summary, found := records.Scan(ctx, objectType, p.RecordFiles[objectType], records.Options{Properties: p.Schema.Of(objectType), Users: p.Users})
		summaries[objectType] = summary
		problems = append(problems, found...)
		if len(summary.Inferred) > 0 {
			schema[objectType] = withProperties(objectType, p.Schema.Of(objectType), summary.Inferred)
		}
	}
	return summaries, schema, problems
}

// withProperties copies a set and adds to it; the portal's own must not change under those who read it.
func withProperties(objectType string, set *hubspot.Properties, more []hubspot.Property) *hubspot.Properties {
	var defs []hubspot.Property
	for _, name := range set.Names() {
		if p, ok := set.Get(name); ok {
			defs = append(defs, p)
		}
	}
	for _, p := range more {
		if _, defined := set.Get(p.Name); !defined {
			defs = append(defs, p)
		}
	}
	return hubspot.NewProperties(objectType, defs)
}
