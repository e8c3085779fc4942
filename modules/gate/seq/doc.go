// Package seq holds the sequential tests behind Headgate's gates, as plain
// mathematics on floats: it knows nothing of requests, releases or clusters.
//
// Every test here is an e-process: a fortune that starts at 1 and is bet, look
// by look, against a null hypothesis. While the null is true the fortune is a
// nonnegative supermartingale, so by Ville's inequality it ever reaches 1/alpha
// with probability at most alpha, however often and whenever one looks, and
// wherever one stops. The fortune is spread over a grid of alternatives (the
// method of mixtures), because how bad a candidate is is not known beforehand.
//
// # The one bound that all of it rests on
//
// A version serves n requests of which x fail, each independently, with mean
// probability θ. For any factor A > 0
//
//	E[A^x] = Π(1 + θᵢ(A−1)) ≤ exp(nθ(A−1)),
//
// since 1+z ≤ eᶻ. For the candidate (n, x, θ) beside the baseline (N, X, ϑ) and
// the null θ ≤ mϑ + δ, bet
//
//	A^x · B^X · exp(−nδ(A−1)),  A > 1,  B = 1 − (n/N)·m·(A−1),
//
// then the mean is at most exp((A−1)·n·(θ − mϑ − δ)) ≤ 1. With A < 1 the same
// product bets against θ ≥ mϑ + δ. This holds for every m, rare errors or not;
// with δ = 0 and A written as p₁/p₀ it is the likelihood ratio of "which of the
// two versions did this error come from" (a binomial given the number of
// errors), so for rare errors nothing is lost.
//
// # Errors that come in clusters
//
// When errors arrive k at a time, the number of clusters is what is independent.
// The k-th root of a bet on k errors is that bet on one cluster: raising every
// factor to the power eta = 1/k gives the same guarantee back. See Clusters for
// how k is measured. The versions' clusters need not be alike: with counts taken
// in clusters, n/k and x/k beside N/K and X/K, the bet above is that on the number
// of clusters, and the null says the same of their rates: nθ/k ≤ (n/k)(mϑ + δ).
// Shares and Excess need no k: their unit is a bin.
//
// # Sources
//
// Howard, Ramdas, McAuliffe and Sekhon, arXiv 1810.08240 and 2011.03567 (Ville's
// inequality, mixtures, sub-Poisson bounds); Ramdas, Grünwald, Vovk and Shafer,
// arXiv 2210.01948, and Grünwald, de Heide and Koolen, arXiv 1906.07801
// (e-values and betting); Turner, Ly and Grünwald, arXiv 2106.02693 (two streams
// in blocks); Vovk and Wang, arXiv 1912.06116 (averages of e-values); Herbster
// and Warmuth, Machine Learning 32 (1998) (keeping a share back for later).
package seq
