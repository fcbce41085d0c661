"""Statistics as pure functions of numpy arrays: no frames, no plan, no producer's library.

Each formula names its source, and the tests hold it to scipy, scikit-learn or Evidently.
"""
