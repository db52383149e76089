package emulator

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"askflow/internal/check"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

// readable refuses a workflow whose file has errors, or that enrolls no object type that is known here, before any record
// is looked for: without it nobody knows which. The other checks need what the records' files say.
func (e *Emulator) readable(s *settled) error {
	_, known := hubspot.LookupObjectType(s.flow.ObjectTypeID)
	var found source.Problems
	for _, p := range e.Portal.Problems {
		if p.File == s.flow.File {
			found = append(found, p)
		}
	}
	if !known && !found.HasErrors() {
		for _, p := range check.Flow(e.Portal, s.flow, check.Options{Models: e.Models, Now: s.now}) {
			if p.Code == "unknown_object_type" {
				found = append(found, p)
			}
		}
	}
	if !found.HasErrors() {
		return nil
	}
	return invalid("the workflow "+s.flow.FileName, found)
}

// scanRecords reads the enrolled records' files once, and loads the others when the workflow looks at associations.
func (e *Emulator) scanRecords(ctx context.Context, p *prepared, schema hubspot.Schema) error {
	objectType := p.objectType().Name
	p.files = e.Portal.RecordFiles[objectType]
	if len(p.req.Records) > 0 {
		p.files = nil
		for _, name := range p.req.Records {
			path := p.req.path(name)
			f, err := os.Open(path)
			if err != nil {
				return p.req.unreadable("--records", name, err)
			}
			_ = f.Close() // nothing was written
			p.files = append(p.files, records.File{Path: name, Open: func() (io.ReadCloser, error) { return os.Open(path) }})
		}
	}
	if len(p.files) == 0 {
		return usage("no_records", fmt.Sprintf("put a HubSpot export at records/%s.csv, or name files with --records", p.objectType().Plural),
			"the workflow enrolls %s, and the portal has no records of them", p.objectType().Plural)
	}
	summary, problems, err := e.scan(ctx, schema, objectType, p.files)
	if err != nil {
		return err
	}
	if problems.HasErrors() && len(p.req.Records) > 0 {
		return invalidFile("the records", problems)
	}
	if problems.HasErrors() {
		return invalid("the records", problems)
	}
	p.remember(summary)
	p.total = int64(summary.Records)
	p.options = records.Options{Properties: schema.Of(objectType), Users: e.Portal.Users}
	p.world = newWorld(nil, e.Portal.Lists)
	if !looksAround(p.flow.JSON()) {
		return nil
	}
	return e.loadLibrary(ctx, p, schema, objectType)
}

// remember keeps what the files were when the run read them.
func (p *prepared) remember(summary *records.Summary) {
	for _, f := range summary.Files {
		p.inputs[f.Path] = f.SHA256
	}
}

// looksAround tells whether a workflow may look at records other than the enrolled one, so that a run over a million
// contacts loads no companies that nobody asks for.
func looksAround(flowJSON []byte) bool {
	text := string(flowJSON)
	return strings.Contains(text, "associationTypeId") || strings.Contains(text, "fetched_objects") || strings.Contains(text, "_ASSOCIATION") || strings.Contains(text, "{{") && strings.Contains(text, "_0_")
}

// looksAtOwnType tells whether a workflow may look at other records of the type that it enrolls, such as a contact's
// colleague or a company's parent: only then are the enrolled records' files held in memory.
func looksAtOwnType(f *flow.Flow) bool {
	own := f.ObjectType()
	var looks func(n *source.Node) bool
	looks = func(n *source.Node) bool {
		if n == nil {
			return false
		}
		if n != f.Node && n.Kind == source.Object {
			if t := n.Get("objectTypeId"); t.IsScalar() && t.Text == own.ID {
				return true
			}
			if id := n.Get("associationTypeId"); id.IsScalar() {
				number, _ := strconv.Atoi(id.Text) // 0 leads nowhere
				if to, ok := hubspot.AssociatedObjectType(own.Name, number); ok && to == own.Name {
					return true
				}
			}
		}
		for _, m := range n.Members {
			if looks(m.Value) {
				return true
			}
		}
		return slices.ContainsFunc(n.Items, looks)
	}
	return looks(f.Node)
}

func (e *Emulator) loadLibrary(ctx context.Context, p *prepared, schema hubspot.Schema, enrolled string) error {
	others := map[string][]records.File{}
	for objectType, files := range e.Portal.RecordFiles {
		if objectType == enrolled {
			continue
		}
		summary, problems, err := e.scan(ctx, schema, objectType, files)
		if err != nil {
			return err
		}
		if problems.HasErrors() {
			return invalid("the records", problems)
		}
		p.remember(summary)
		others[objectType] = files
	}
	if looksAtOwnType(p.flow) { // as the run reads them: those of --records, where it names files
		others[enrolled] = p.files
	}
	library, problems := records.LoadLibrary(ctx, schema, others, e.Portal.Users)
	if problems.HasErrors() {
		return invalid("the records", problems)
	}
	p.world = newWorld(library, e.Portal.Lists)
	return ctx.Err()
}
