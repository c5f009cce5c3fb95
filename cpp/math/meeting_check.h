#ifndef PERCEPTRA_MATH_MEETING_CHECK_H_
#define PERCEPTRA_MATH_MEETING_CHECK_H_

#include <array>
#include <cstddef>
#include <vector>

namespace mlp {

// Checks that all threads of a team meet at the same line of the source. Different lines mean that the
// threads took different branches, which may become a deadlock. Debug builds check every meeting.
class MeetingCheck {
 public:
  struct Place {
    const char* file = "";
    int line = 0;
  };

  explicit MeetingCheck(int threads) : threads_(static_cast<std::size_t>(threads)) {}

  // Before the thread of this rank waits.
  void Arrive(int rank, Place place);
  // After all have arrived. Throws std::logic_error, on every thread, when their places differ.
  void Compare(int rank) const;

 private:
  // The places of two meetings, since a thread can be one meeting ahead of another that still compares.
  struct alignas(64) Thread {
    std::size_t meetings = 0;
    std::array<Place, 2> places;
  };

  std::vector<Thread> threads_;
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_MEETING_CHECK_H_
