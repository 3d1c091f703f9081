import { useCallback, useEffect, useRef, useState } from 'react';
import { type Conclusion, followTurn } from '@/lib/follow-turn';
import { judgeEnd, pauseAfter, type StreamEnd, type StreamRecord } from '@/lib/stream-end';
import { useLatest } from '@/lib/use-latest';

type DriverOptions = {
  resumeStream: () => Promise<void>;
  /** Lets go of the open request without stopping the turn. */
  abandon: () => Promise<void>;
  conclude: (end: StreamEnd) => Promise<Conclusion>;
};

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function blankRecord(isResume: boolean): StreamRecord {
  return { isResume, report: null, finish: null, error: null };
}

/**
 * Follows a turn across any number of requests: one that ends too early is
 * taken up again until the server says that the turn is over.
 */
export function useStreamDriver(options: DriverOptions) {
  const latest = useLatest(options);
  const record = useRef(blankRecord(false));
  const state = useRef({ generation: 0, active: false, again: false });
  const [connectionLost, setConnectionLost] = useState(false);

  const attempt = useCallback(
    async (start: () => Promise<void>, isResume: boolean): Promise<Conclusion> => {
      const { generation } = state.current;
      record.current = blankRecord(isResume);
      await start();
      if (generation !== state.current.generation) return 'done';
      return latest.current.conclude(judgeEnd(record.current));
    },
    [latest],
  );

  const drive = useCallback(
    async (first: () => Promise<void>, isResume = false) => {
      const driver = state.current;
      driver.generation += 1;
      const mine = driver.generation;
      const isOutdated = () => mine !== driver.generation;
      if (driver.active) await latest.current.abandon();
      if (isOutdated()) return;
      driver.active = true;
      driver.again = false;

      let failures = 0;
      await followTurn(
        () => attempt(first, isResume),
        () => attempt(() => latest.current.resumeStream(), true),
        {
          isOutdated,
          takeRequest: () => {
            const { again } = driver;
            driver.again = false;
            return again;
          },
          pause: () => {
            failures = record.current.report?.kind === 'resumed' ? 1 : failures + 1;
            setConnectionLost(true);
            return wait(pauseAfter(failures));
          },
        },
      );
      if (isOutdated()) return;
      driver.active = false;
      setConnectionLost(false);
    },
    [attempt, latest],
  );

  /** Watches the turn that runs on the server, or reads its result if it is over. */
  const follow = useCallback(() => {
    if (state.current.active) state.current.again = true;
    else void drive(() => latest.current.resumeStream(), true);
  }, [drive, latest]);

  useEffect(() => {
    const driver = state.current;
    return () => {
      driver.generation += 1;
      driver.active = false;
    };
  }, []);

  const note = useCallback((seen: Partial<StreamRecord>) => {
    Object.assign(record.current, seen);
    if (seen.report?.kind === 'resumed') setConnectionLost(false);
  }, []);

  const isActive = useCallback(() => state.current.active, []);
  /** Changes whenever something newer begins, so that a late answer can be dropped. */
  const generation = useCallback(() => state.current.generation, []);

  return { drive, follow, note, isActive, generation, connectionLost };
}
