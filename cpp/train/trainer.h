#ifndef PERCEPTRA_TRAIN_TRAINER_H_
#define PERCEPTRA_TRAIN_TRAINER_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "math/compute_pool.h"
#include "nn/loss.h"
#include "nn/network.h"
#include "optim/lbfgs.h"
#include "optim/optimizer.h"
#include "optim/spec.h"
#include "train/dataset.h"
#include "train/machine.h"
#include "train/metrics.h"
#include "train/plan.h"
#include "train/thread_tuner.h"
#include "train/verbose.h"
#include "train/weights.h"

namespace mlp {

// Sums over rows.
struct Sums {
  std::size_t rows = 0;
  double loss = 0;
  double penalty = 0;  // the part of the loss that is regularizers'; not told by L-BFGS
  std::vector<double> metrics;
  std::vector<double> gradient_norms;  // per tensor, over updates; where they were asked for
};

// One request for steps, and its answer.
struct TrainSlice {
  std::shared_ptr<const Dataset> data;      // of the epoch: Trainer::data()
  std::size_t steps = 0;                    // at most
  std::vector<double> rates;                // one an update, or one for all
  double budget_ms = 0;                     // stops after the step in which it is spent
  std::size_t epochs = 1;                   // goes on to the next ones, shuffled anew, up to so many
  const std::atomic<bool>* stop = nullptr;  // set: the weights are wanted no more

  Sums sums;
  std::size_t steps_taken = 0;
  std::size_t updates = 0;  // fewer, where several batches make one
  bool epoch_done = false;
  // Of each epoch that was gone on from: the sums of the loss and of the penalty, then those of metrics.
  // `sums` is of the last one.
  std::vector<double> finished;
  bool converged = false;  // nothing is left to gain: L-BFGS alone
  // False: the loss of the next step was not finite and that step was not taken, or weights are no longer.
  bool finite = true;
  std::size_t steps_back = 0;  // how many steps ago the weights were kept that a blow-up went back to
};

struct EpochOptions {
  std::size_t batch_size = 32;
  bool shuffle = true;
  std::uint32_t epoch = 0;  // which shuffle, and which noise
  int threads = 0;          // 0: chosen by size, or by trial
  bool gradient_norms = false;
  std::optional<Machine> machine;  // decides shares and threads in place of this process's machine
};

// What makes a batch's loss of its rows': Keras's mean over rows plus the penalty of regularizers, or
// scikit-learn's sum of weighted losses and of the penalty, both over the sum of weights.
enum class Mean { kRows, kWeights };

// How a network is trained.
struct Training {
  Loss loss;
  Metrics metrics;
  std::unique_ptr<Optimizer> optimizer;  // null: L-BFGS
  UpdateRules rules;
  Mean mean = Mean::kRows;
  LbfgsOptions lbfgs;
  double loss_factor = 1;  // of each row's loss; penalties have none
};

// The optimizer steps of an epoch. A step has two phases with a meeting after each: every thread takes a
// share of the batch's rows from gathering to the gradient of the lowest trained layer's outputs, with
// meetings in between where a layer looks at all rows, or where low layers are shared out by inputs; then
// every thread takes a share of the weights, computes their gradient over the whole batch, or adds up what
// each made over its rows, and updates them while they are in cache. Where all gradients must be known before
// any weight changes, the second phase is cut in two. Nothing is allocated between Begin and the epoch's end.
//
// L-BFGS takes all rows as one batch, in blocks whose gradients add up; an epoch is one of its iterations.
class Trainer {
 public:
  // `weights` are finite.
  Trainer(const Network& network, const Vector& weights, Training training);

  // Prepares an epoch; returns its number of steps. Throws Error where the data do not fit the network or the
  // loss.
  std::size_t Begin(const std::shared_ptr<const Dataset>& data, const EpochOptions& options);
  // The data of the epoch, for its slices to hold; null when nobody has them any more.
  std::shared_ptr<const Dataset> data() const { return data_.lock(); }
  // Of the next slice; 0 before the first epoch.
  int threads() const { return slabs_.empty() ? 0 : tuner_.threads(); }

  // On every member of a team of `threads()`. When the slice cannot start, for want of memory, all members
  // throw and nothing has changed.
  void Run(Team& team, Weights& weights, TrainSlice& slice);

  // A run of epochs begins, and ends: L-BFGS starts anew, and leaves its best point; an average of the
  // weights takes their place.
  void BeginRun();
  void EndRun(Weights& weights);
  // The weights as EndRun would leave them; null where they are as they are.
  std::shared_ptr<const Vector> Averaged(const Vector& live) const;

  // The weights were changed from outside: what was kept is no state to fall back to.
  void ForgetKept() {
    rows_since_kept_ = kRowsBetweenCopies;
    lbfgs_begun_ = false;
  }

  const Loss& loss() const { return training_.loss; }
  const Metrics& metrics() const { return training_.metrics; }
  // Vectors that go with the weights: the optimizer's, then the average, if there is one.
  std::vector<Vector>& slots() { return slots_; }
  std::uint64_t steps() const { return training_.optimizer ? training_.optimizer->steps() : 0; }
  void SetSteps(std::uint64_t steps) {
    if (training_.optimizer) training_.optimizer->SetSteps(steps);
  }
  std::size_t bytes() const;

  // Where lines about each shape of a step go; null: nowhere.
  void SetLog(VerboseLog* log) { log_ = log; }

 private:
  // Gradients are made and used in panels of about so many numbers, while they are in cache; but of no fewer
  // rows than make up for packing the other factor of the product anew. 32 K numbers measured 1.2 to 1.8
  // times slower than this on wide layers.
  static std::size_t PanelRows(const Tensor& tensor) {
    constexpr std::size_t kNumbers = 131072, kRows = 256;
    return tensor.rows <= kRows ? kRows : std::max(kRows, kNumbers / tensor.columns);
  }

  // Rows go through all layers so many at a time: their activations stay in cache, and a huge batch can be
  // stopped midway.
  static constexpr std::size_t kRowBlock = 512;
  // Steps over so many rows cost a hundred times what looking at all weights does; and what copying them
  // does.
  static constexpr std::size_t kRowsWorthALook = 1024, kRowsBetweenCopies = 4096;

  // What a thread has of a layer that looks at all rows: what it adds up, and what all agreed upon.
  struct Meeting {
    std::vector<double> forward, backward;
    Vector shared;
  };

  // What the thread of a share writes and others read, on lines of its own.
  struct alignas(64) Partial {
    double loss = 0, penalty = 0;  // of the step
    double penalties = 0;          // of the slice, each times its rows
    bool finite = true, stopped = false;
    std::vector<double> metrics;
    std::vector<double> squares;    // of the gradient, per tensor
    std::vector<Meeting> meetings;  // per layer
    std::vector<double> total;
    Vector scratch;  // a panel of gradients, or outputs for metrics
  };

  // A run of rows of the epoch that make one step.
  struct Batch {
    std::size_t first, rows;
    double scale;             // of a row's loss in the update
    std::size_t update_rows;  // of all batches that make the update which this one is part of
    bool opens, closes;       // the first and the last of them
  };

  // What one tensor needs to know of the step.
  struct Part {
    std::size_t id;  // counted over all layers
    Real factor;     // of the learning rate
    bool plain;      // nothing but the optimizer's rule
  };

  using Stop = std::atomic<bool>;

  class Presence;
  bool StartSlice(Weights& weights, TrainSlice& slice);
  Batch BatchAt(std::size_t first) const;
  double WeightOf(std::size_t first, std::size_t rows) const;

  // A step's work is cut into shares, and a thread takes one or several, one after the other up to the next
  // meeting.
  std::size_t shares() const { return partials_.size(); }
  template <typename F>
  void EachShare(const Team& team, F work) {
    const auto rank = static_cast<std::size_t>(team.rank()), threads = static_cast<std::size_t>(team.size());
    const auto [first, end] = Share(shares(), rank, threads);
    for (std::size_t share = first; share < end; ++share) work(share);
  }

  // Phase 1: the lowest layers by inputs, the others by rows.
  Block InputsOf(std::size_t layer, std::size_t mine) const;
  void ForwardByInputs(Team& team, const Batch& batch);
  void Finish(std::size_t l, const Batch& batch, std::size_t first, std::size_t rows, Block outputs);
  void FinishRows(const Batch& batch, std::size_t first, std::size_t rows);
  void BackwardByInputs(Team& team, const Batch& batch);
  void Rows(Team& team, const Batch& batch, const Stop& stop);
  void BeginRows(std::size_t mine, const Batch& batch);
  template <typename F>
  void EachBlock(std::size_t mine, const Batch& batch, const Stop& stop, F work);
  void Gather(const Batch& batch, std::size_t first, std::size_t rows);
  void Forward(std::size_t begin, std::size_t end, const Batch& batch, std::size_t first, std::size_t rows,
               Partial& partial);
  void TakeLoss(const Batch& batch, std::size_t first, std::size_t rows, Partial& partial);
  void Backward(std::size_t top, std::size_t bottom, const Batch& batch, std::size_t first, std::size_t rows,
                Partial& partial);
  void AddUp(std::size_t meeting, std::vector<double> Meeting::*sums, Partial& partial);
  Pass PassFor(std::size_t layer, const Batch& batch, std::size_t first, Partial& partial);
  const Real* InputOf(std::size_t layer, std::size_t first) const;
  void GradientsOfRows(std::size_t mine, const Batch& batch, std::size_t first, std::size_t rows,
                       Partial& partial);
  // Numbers from one share's gradients to the next, which begin on a cache line of their own.
  std::size_t gradient_stride() const { return (network_.weight_count() + 15) / 16 * 16; }
  bool AnyStopped() const;
  bool AllPartialsFinite() const;

  // Phase 2.
  void Slabs(Team& team, const Batch& batch, const Stop& stop);
  void MakeGradient(Real* grad, const Slab& slab, std::size_t row, std::size_t rows, const Batch& batch,
                    const Partial& partial, Real alpha, Real beta) const;
  void UpdateSlab(const Slab& slab, const Batch& batch, Partial& partial, const Stop& stop);
  void GradientSlab(const Slab& slab, const Batch& batch, Partial& partial, const Stop& stop);
  void ApplySlab(const Slab& slab, const Stop& stop);
  static void AddPenalty(Partial& partial, double penalty, const Batch& batch);
  double PenaltyGradient(Real* grad, const Real* w, std::size_t n, const RegularizerSpec& regularizer,
                         const Batch& batch) const;
  void Apply(const Part& part, const Tensor& tensor, std::size_t at, Real* grad, std::size_t n);
  void Constrain(std::size_t mine);
  void SumSquares();
  Real ClipFactor(const Part& part) const;
  BatchView ViewOf(std::size_t layer, const Batch& batch, const Partial& partial) const;
  Optimizer::Slots SlotsAt(std::size_t at);
  bool IsStatistic(const Slab& slab) const;

  // For PERCEPTRA_VERBOSE.
  void SayHow(std::size_t rows);
  void SayStep(std::size_t batch_rows);
  void SayProducts(std::size_t l, std::size_t batch_rows);
  void SayThreads();

  bool CountStep(TrainSlice& slice, const Batch& batch);
  bool MayGoOn(const TrainSlice& slice, const Batch& batch) const;
  bool GoOn(TrainSlice& slice);
  double TakePenalties();
  void CountNorms(TrainSlice& slice);
  bool EndPass(TrainSlice& slice);
  bool ClockAllows(const TrainSlice& slice);
  bool SoundState(Team& team);
  bool Keep(Team& team);
  void ResetSlots();
  void Put(std::span<const Real> point, Real* weights) const;
  void Repair(TrainSlice& slice);
  void Order();
  void CutShares();
  void ResizeSums();
  std::size_t ScratchNumbers() const;

  const Network& network_;
  Training training_;
  std::vector<Vector> slots_;
  std::vector<std::vector<Part>> parts_;  // per layer and tensor
  std::size_t tensors_ = 0;
  std::vector<std::size_t> meetings_;  // layers that look at all rows
  std::size_t floor_;                  // the lowest layer that is trained
  bool needs_all_gradients_ = false;   // before any weight changes
  bool has_norm_constraints_ = false, has_regularizers_ = false;
  std::unique_ptr<Lbfgs> lbfgs_;
  bool lbfgs_begun_ = false;

  // The epoch.
  std::weak_ptr<const Dataset> data_;  // a trainer at rest keeps no data alive
  EpochOptions options_;
  std::size_t batch_size_ = 0;
  std::size_t span_ = 0;  // rows that make an update
  std::vector<std::uint32_t> order_;
  bool order_is_due_ = false;  // drawn by the epoch's first slice, off the caller's thread
  std::size_t position_ = 0;   // rows of the epoch done
  double epoch_scale_ = 0;     // of a row's loss, where all rows make one batch
  std::unique_ptr<Workspace> workspace_;
  Vector values_, row_weights_;
  std::vector<std::int32_t> classes_;
  Vector gradient_;                       // of all weights, where it is needed
  std::vector<std::vector<Slab>> slabs_;  // per share
  std::vector<Partial> partials_;         // per share
  std::size_t by_inputs_ = 0;             // so many of the lowest layers are shared out by inputs
  std::array<Vector, 2> sums_;            // per share: (batch, outputs) of such a layer
  bool by_rows_ = false;                  // each share makes all gradients, of its own rows
  Vector shares_gradients_;               // then (shares, gradient_stride())
  ThreadTuner tuner_;
  VerboseLog* log_ = nullptr;

  // The slice, written by rank 0 between meetings.
  Vector* live_ = nullptr;
  const Dataset* reading_ = nullptr;
  bool go_on_ = false, keep_ = false;
  std::size_t next_ = 0;  // the first row of the next step
  double rate_ = 0;
  Real average_momentum_ = 0;    // of this update
  std::vector<double> squares_;  // of the whole gradient, per tensor
  Sums pass_;                    // of a pass over all rows, for L-BFGS
  std::atomic<int> present_{0};  // threads in Run
  std::chrono::steady_clock::time_point start_;
  std::size_t next_look_ = 0;  // steps until the clock is read again

  // Finite weights to fall back to, refreshed seldom enough to cost under a percent.
  Vector kept_;
  std::size_t rows_since_kept_ = kRowsBetweenCopies, steps_since_kept_ = 0;
};

// Forces a whole tensor back to what its constraint allows.
void ForceConstraint(const Tensor& tensor, Real* numbers);

// The penalty of all regularizers of what is trained, as Keras has it, to be added to a mean loss.
double TotalPenalty(const Network& network, const Vector& weights);

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_TRAINER_H_
