// Package rbac judges logins and requests by a policy.
//
// Start from [Filter]. It stands behind filters/inspect, which says what a request does, and asks an engine of package rbac. The verdict on a statement is kept with
// what is known of its text, so that judging it again costs two comparisons. A policy can be replaced at any time ([Filter.Replace]); sessions find
// out at their next request.
package rbac
