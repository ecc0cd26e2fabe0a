// Gives a row for each hour that a flight came in late, begun ones too: none, one or many.
package main

import "bubbles/transform"

type Flight struct {
	ArrDelay *int64 `json:"arr_delay"`
	Carrier  string `json:"carrier"`
	Flight   int64  `json:"flight"`
}

type Hour struct {
	Carrier string `json:"carrier"`
	Flight  int64  `json:"flight"`
	Hour    int64  `json:"hour"`
	Minutes int64  `json:"minutes"`
}

func init() { transform.Rows("gives a row for each hour of delay", hours) }

func hours(_ *struct{}, flight *Flight, emit func(*Hour)) error {
	if flight.ArrDelay == nil {
		return nil
	}
	hour := Hour{Carrier: flight.Carrier, Flight: flight.Flight}
	for left := *flight.ArrDelay; left > 0; left -= 60 {
		hour.Hour++
		hour.Minutes = min(left, 60)
		emit(&hour)
	}
	return nil
}

func main() {}
