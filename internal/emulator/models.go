package emulator

import (
	"slices"
	"time"

	"askflow/internal/assistant"
)

// ModelInfo is what is known of a model: what it costs and takes, and whether it can be asked here. Prices are exact
// decimals in US dollars per million tokens, "" when they are not known.
type ModelInfo struct {
	ID, Name                       string
	InputUSD, CachedUSD, OutputUSD string
	// Context and MaxOutput are in tokens; 0 when unknown.
	Context, MaxOutput int
	// Efforts are the reasoning efforts it takes: empty for a model that does not reason, nil when unknown.
	Efforts       []string
	DefaultEffort string
	Temperature   assistant.TemperatureSupport
	// TemperatureEfforts are the efforts with which it takes a temperature; nil when it takes one always, never, or that is
	// not known.
	TemperatureEfforts []string
	// Shutdown is the day (UTC) on which OpenAI switches it off, zero when none is announced; Gone tells that it has come.
	Shutdown time.Time
	Gone     bool
	// Allowed tells that the portal allows it. Offered tells whether the connected key may use it as of its last check; nil
	// when that is not known.
	Allowed bool
	Offered *bool
	AsOf    string // the date of this knowledge, YYYY-MM-DD; "" when the table does not know the model
	Note    string
}

// ModelList is the portal's table of models. offered are the models that the account's last check found, nil when that is
// not known; those that the table does not know come last.
func (e *Emulator) ModelList(offered []string) []ModelInfo {
	return Models(e.Models, e.Portal.Settings.OpenAI.AllowedModels, offered, e.wallClock())
}

// Models lists a table of models. allowed are the ids that may be asked, empty for all; offered as in ModelList; now is the
// day from which to judge which models are switched off.
func Models(table *assistant.Models, allowed, offered []string, now time.Time) []ModelInfo {
	all := table.All()
	for _, id := range offered {
		if _, known := table.Lookup(id); !known {
			all = append(all, assistant.Model{ID: id})
		}
	}
	out := make([]ModelInfo, 0, len(all))
	for _, m := range all {
		info := ModelInfo{ID: m.ID, Name: m.Name, Context: m.Context, MaxOutput: m.MaxOutput, Efforts: slices.Clone(m.Efforts), DefaultEffort: m.DefaultEffort,
			Temperature: m.Temperature, Shutdown: m.Shutdown, Gone: m.Gone(now), Allowed: len(allowed) == 0 || slices.Contains(allowed, m.ID), AsOf: m.AsOf, Note: m.Note}
		if m.Temperature == assistant.TemperatureNoneOnly {
			info.TemperatureEfforts = []string{assistant.EffortNone}
		}
		if m.Priced {
			info.InputUSD, info.CachedUSD, info.OutputUSD = m.Input.String(), m.CachedInput.String(), m.Output.String()
			if m.CachedInput == 0 { // no discount
				info.CachedUSD = info.InputUSD
			}
		}
		if offered != nil {
			has := slices.Contains(offered, m.ID)
			info.Offered = &has
		}
		out = append(out, info)
	}
	return out
}

// AskingWorkflows are the names of the workflows that ask OpenAI: without an account they cannot ask live.
func (e *Emulator) AskingWorkflows() []string {
	var out []string
	for _, f := range e.Portal.Flows {
		if e.asks(f) {
			out = append(out, f.FileName)
		}
	}
	return out
}
