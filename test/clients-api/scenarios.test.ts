import { runRegistryScenarios } from '../registry-scenarios.ts';
import { openClientsApi } from './face.ts';

runRegistryScenarios('clients API', openClientsApi);
