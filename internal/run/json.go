package run

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// AppendSteps appends steps as a JSON list. It writes what encoding/json would, faster, and with every control character
// escaped, C1 included, so that data in results cannot speak to a terminal.
func AppendSteps(b []byte, steps []Step) []byte {
	b = append(b, '[')
	for i := range steps {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendStep(b, &steps[i])
	}
	return append(b, ']')
}

// AppendEffects appends effects as a JSON list.
func AppendEffects(b []byte, effects []Effect) []byte {
	b = append(b, '[')
	for i := range effects {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendEffect(b, &effects[i])
	}
	return append(b, ']')
}

// AppendResult appends the line that `run --output jsonl` prints, from parts that are encoded already.
func AppendResult(b []byte, row *Row, timings bool) []byte {
	b = append(b, `{"record":`...)
	b = appendRef(b, row.Record)
	b = append(b, `,"enrollment":{"state":"`...)
	b = append(b, row.State...)
	b = append(b, '"')
	b = appendText(b, `,"reason":`, row.Reason)
	if timings && !row.Started.IsZero() {
		b = appendTime(b, `,"startedAt":`, &row.Started)
		b = appendTime(b, `,"endedAt":`, &row.Ended)
	}
	b = append(b, `},"steps":`...)
	b = append(b, row.Steps...)
	b = append(b, `,"effects":`...)
	b = append(b, row.Effects...)
	return append(b, '}')
}

func appendRef(b []byte, r RecordRef) []byte {
	b = append(b, `{"objectType":`...)
	b = source.AppendString(b, r.ObjectType)
	b = append(b, `,"id":`...)
	b = source.AppendString(b, r.ID)
	b = appendText(b, `,"name":`, r.Name)
	return append(b, '}')
}

func appendStep(b []byte, s *Step) []byte {
	b = append(b, `{"actionId":`...)
	b = source.AppendString(b, s.ActionID)
	b = append(b, `,"actionTypeId":`...)
	b = source.AppendString(b, s.ActionTypeID)
	b = appendText(b, `,"name":`, s.Name)
	b = appendText(b, `,"label":`, s.Label)
	b = append(b, `,"state":`...)
	b = source.AppendString(b, string(s.State))
	b = appendInt(b, `,"visit":`, int64(s.Visit))
	b = appendPointer(b, `,"branch":`, s.Branch)
	b = appendText(b, `,"reason":`, s.Reason)
	b = appendMap(b, `,"outputs":`, s.Outputs)
	b = appendMap(b, `,"inputs":`, s.Inputs)
	if s.Pinned {
		b = append(b, `,"pinned":true`...)
	}
	if s.Stubbed {
		b = append(b, `,"stubbed":true`...)
	}
	b = appendTime(b, `,"waitUntil":`, s.WaitUntil)
	if s.Ask != nil {
		b = append(b, `,"ask":`...)
		b = appendAsk(b, s.Ask)
	}
	if s.Error != nil {
		b = append(b, `,"error":{"code":`...)
		b = source.AppendString(b, s.Error.Code)
		b = append(b, `,"message":`...)
		b = source.AppendString(b, s.Error.Message)
		b = appendText(b, `,"hint":`, s.Error.Hint)
		b = append(b, '}')
	}
	b = appendList(b, `,"warnings":`, s.Warnings)
	b = appendTime(b, `,"startedAt":`, s.Started)
	b = appendTime(b, `,"endedAt":`, s.Ended)
	return append(b, '}')
}

func appendAsk(b []byte, a *Ask) []byte {
	b = append(b, `{"assistant":`...)
	b = source.AppendString(b, a.Assistant)
	b = append(b, `,"model":`...)
	b = source.AppendString(b, a.Model)
	if a.Temperature != nil {
		b = append(b, `,"temperature":`...)
		b = strconv.AppendFloat(b, *a.Temperature, 'f', -1, 64)
	}
	b = appendText(b, `,"reasoningEffort":`, a.ReasoningEffort)
	b = append(b, `,"protocol":`...)
	b = source.AppendString(b, a.Protocol)
	b = append(b, `,"prompt":`...)
	b = source.AppendString(b, a.Prompt)
	b = appendPointer(b, `,"response":`, a.Response)
	b = append(b, `,"attempts":`...)
	b = strconv.AppendInt(b, int64(a.Attempts), 10)
	if u := a.Usage; u != nil {
		b = append(b, `,"usage":{"inputTokens":`...)
		b = strconv.AppendInt(b, int64(u.InputTokens), 10)
		b = append(b, `,"cachedTokens":`...)
		b = strconv.AppendInt(b, int64(u.CachedTokens), 10)
		b = append(b, `,"outputTokens":`...)
		b = strconv.AppendInt(b, int64(u.OutputTokens), 10)
		b = append(b, `,"reasoningTokens":`...)
		b = strconv.AppendInt(b, int64(u.ReasoningTokens), 10)
		if u.Estimated {
			b = append(b, `,"estimated":true`...)
		}
		b = append(b, '}')
	}
	b = appendText(b, `,"costUsd":`, a.CostUSD)
	b = appendInt(b, `,"latencyMs":`, a.LatencyMs)
	if len(a.History) > 0 {
		b = append(b, `,"history":[`...)
		for i := range a.History {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendAttempt(b, &a.History[i])
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

func appendAttempt(b []byte, t *Attempt) []byte {
	start := len(b)
	b = appendInt(b, `,"status":`, int64(t.Status))
	b = appendText(b, `,"code":`, t.Code)
	b = appendText(b, `,"message":`, t.Message)
	b = appendText(b, `,"requestId":`, t.RequestID)
	b = appendInt(b, `,"waitMs":`, t.WaitMs)
	b = appendInt(b, `,"latencyMs":`, t.LatencyMs)
	if t.MayHaveCost {
		b = append(b, `,"mayHaveCost":true`...)
	}
	if len(b) == start {
		return append(b, '{', '}')
	}
	b[start] = '{'
	return append(b, '}')
}

func appendEffect(b []byte, e *Effect) []byte {
	b = append(b, `{"type":`...)
	b = source.AppendString(b, string(e.Type))
	b = append(b, `,"actionId":`...)
	b = source.AppendString(b, e.ActionID)
	b = appendText(b, `,"objectType":`, e.ObjectType)
	b = appendText(b, `,"recordId":`, e.RecordID)
	b = appendMap(b, `,"properties":`, e.Properties)
	if len(e.Associations) > 0 {
		b = append(b, `,"associations":[`...)
		for i, a := range e.Associations {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendAssociation(b, a)
		}
		b = append(b, ']')
	}
	b = appendText(b, `,"property":`, e.Property)
	b = appendPointer(b, `,"from":`, e.From)
	b = appendPointer(b, `,"to":`, e.To)
	b = appendList(b, `,"userIds":`, e.UserIDs)
	b = appendList(b, `,"teamIds":`, e.TeamIDs)
	b = appendPointer(b, `,"subject":`, e.Subject)
	b = appendPointer(b, `,"body":`, e.Body)
	return append(b, '}')
}

func appendAssociation(b []byte, a hubspot.Association) []byte {
	b = append(b, `{"objectType":`...)
	b = source.AppendString(b, a.ObjectType)
	b = append(b, `,"recordId":`...)
	b = source.AppendString(b, a.RecordID)
	return append(b, '}')
}

func appendText(b []byte, key, v string) []byte {
	if v == "" {
		return b
	}
	return source.AppendString(append(b, key...), v)
}

func appendPointer(b []byte, key string, v *string) []byte {
	if v == nil {
		return b
	}
	return source.AppendString(append(b, key...), *v)
}

func appendInt(b []byte, key string, v int64) []byte {
	if v == 0 {
		return b
	}
	return strconv.AppendInt(append(b, key...), v, 10)
}

func appendTime(b []byte, key string, t *time.Time) []byte {
	if t == nil {
		return b
	}
	b = append(append(b, key...), '"')
	return append(t.AppendFormat(b, time.RFC3339Nano), '"')
}

func appendList(b []byte, key string, list []string) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(append(b, key...), '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = source.AppendString(b, v)
	}
	return append(b, ']')
}

func appendMap(b []byte, key string, m map[string]string) []byte {
	if len(m) == 0 {
		return b
	}
	var stack [16]string
	keys := stack[:0]
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	b = append(append(b, key...), '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = source.AppendString(b, k)
		b = append(b, ':')
		b = source.AppendString(b, m[k])
	}
	return append(b, '}')
}

// Result decodes a stored row.
func (r *Row) Result() (*Result, error) {
	out := &Result{Record: r.Record, Enrollment: Enrollment{State: r.State, Reason: r.Reason}, Steps: []Step{}, Effects: []Effect{}}
	if !r.Started.IsZero() {
		started, ended := r.Started, r.Ended
		out.Enrollment.Started, out.Enrollment.Ended = &started, &ended
	}
	if err := json.Unmarshal(r.Steps, &out.Steps); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(r.Effects, &out.Effects); err != nil {
		return nil, err
	}
	return out, nil
}
