package service

import (
	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

// ObjectInfo is an object type that has records.
type ObjectInfo struct {
	Type  hubspot.ObjectType `json:"type"`
	Files []string           `json:"files"`
	Bytes int64              `json:"bytes"`
	// Count is -1 while it is not known.
	Count int64 `json:"count"`
}

// RecordQuery asks for a page of records.
type RecordQuery struct {
	ObjectType string `json:"objectType"`
	// From is where to go on; nil is the beginning, or with Backwards the end of what is known.
	From      *records.Cursor `json:"from,omitempty"`
	Backwards bool            `json:"backwards,omitempty"`
	Limit     int             `json:"limit"`
	// Filter is words and field:value, as people type it.
	Filter string `json:"filter,omitempty"`
	// Scan is the most records to look at.
	Scan int `json:"scan,omitempty"`
}

// RecordPage is a page of records.
type RecordPage struct {
	Records []*hubspot.Record `json:"records"`
	// Next and Prev are where the pages after and before start; nil when there is nothing more.
	Next *records.Cursor `json:"next,omitempty"`
	Prev *records.Cursor `json:"prev,omitempty"`
	// At is the first record's place in the input, from 0.
	At      int64 `json:"at"`
	Scanned int64 `json:"scanned"`
}

// RecordView is one record.
type RecordView struct {
	Record *hubspot.Record `json:"record"`
	// Properties are those with a value first by the order of the files.
	Properties   []PropertyValue `json:"properties"`
	Associations []Associated    `json:"associations"`
}

// PropertyValue is a property of a record.
type PropertyValue struct {
	Property hubspot.Property `json:"property"`
	Value    string           `json:"value"`
}

// Associated is a record that another one is associated with.
type Associated struct {
	ObjectType string `json:"objectType"`
	ID         string `json:"id"`
	Name       string `json:"name,omitempty"`
	Label      string `json:"label,omitempty"`
	// Missing tells that the portal has no such record.
	Missing bool `json:"missing,omitempty"`
}

// Explanation says whether a workflow would enroll a record, and why.
type Explanation struct {
	File    string `json:"file"`
	Name    string `json:"name"`
	Enrolls bool   `json:"enrolls"`
	// Reason is why not, in a sentence.
	Reason string `json:"reason,omitempty"`
	// Problem says why the workflow cannot run at all.
	Problem  string           `json:"problem,omitempty"`
	Sections []ExplainSection `json:"sections,omitempty"`
}

// ExplainSection is one part of what decides: the enrollment triggers, suppression lists, the goal.
type ExplainSection struct {
	Title string `json:"title"`
	// OK tells that this part lets the record enroll.
	OK bool `json:"ok"`
	// Groups are alternatives, each a list of conditions that must all hold.
	Groups [][]ExplainCondition `json:"groups"`
}

// ExplainCondition is one condition.
type ExplainCondition struct {
	OK bool `json:"ok"`
	// Unknown tells that fixtures cannot say.
	Unknown  bool   `json:"unknown,omitempty"`
	Sentence string `json:"sentence"`
	Property string `json:"property,omitempty"`
}

// RecordCheck is what looking through all records of an object type found.
type RecordCheck struct {
	Count    int64           `json:"count"`
	Problems source.Problems `json:"problems,omitempty"`
}
