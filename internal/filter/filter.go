// Package filter evaluates filter branches over records and says why a record does not match.
package filter
